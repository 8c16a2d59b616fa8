//! What the window may ask for. Each command is declared in `build.rs`, granted by name in
//! `capabilities/main.json`, and does nothing but pass on.

#![expect(clippy::needless_pass_by_value, reason = "Tauri hands arguments over by value")]

use std::sync::{Arc, PoisonError};

use galaxy_chat_core::{
    App, check_link,
    wire::{
        AccountPage, ErrorKind, GuidePage, HandOff, JoinOrder, MatrixLinks, OpenedRoom,
        PastedAddress, RegistrationAnswer, ServerOffer, SignInWay, Start, UiError, Update,
    },
};
use tauri::{State, Wry, ipc::Invoke};
use tokio::sync::{
    Mutex,
    mpsc::{self, UnboundedReceiver},
};

use super::{
    matrix_links::Choice,
    process,
    web_data::{Theme, ThemeFile},
};

type Result<T> = std::result::Result<T, UiError>;

/// All commands.
pub fn handler() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        answer_registration,
        cancel_sign_in,
        close_room,
        discard_message,
        discover,
        guide,
        hand_off,
        join,
        join_rooms,
        keep_session,
        keep_theme,
        leave_rooms,
        load_earlier,
        mark_read,
        matrix_links,
        open_account_page,
        open_browser_again,
        open_link,
        open_room,
        paste_address,
        places,
        read_address,
        retry_message,
        retry_saved_session,
        room_link,
        room_qr,
        save_draft,
        search_rooms,
        send_message,
        set_aside_saved_session,
        sign_in,
        sign_out,
        steer_joins,
        subscribe,
        take_matrix_links,
        updates,
    ]
}

/// What the window has not been told yet.
#[derive(Default)]
pub struct Feed(std::sync::Mutex<Arc<Mutex<Option<UnboundedReceiver<Update>>>>>);

/// The most updates that are told at once.
const AT_ONCE: usize = 200;

#[tauri::command]
fn subscribe(app: State<'_, App>, feed: State<'_, Feed>) -> Start {
    let (tell, updates) = mpsc::unbounded_channel();
    let start = app.subscribe(Box::new(move |update| tell.send(update).is_ok()));
    *feed.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(Mutex::new(Some(updates)));
    start
}

/// Answers as soon as there is something to tell, and with nothing when somebody else has
/// subscribed. The window asks, because with `WebKitGTK` the first script that is put into it starts
/// a second engine for JavaScript, in this process.
#[tauri::command]
async fn updates(feed: State<'_, Feed>) -> Result<Vec<Update>> {
    let updates = feed.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut told = Vec::new();
    if let Some(updates) = &mut *updates.lock().await {
        updates.recv_many(&mut told, AT_ONCE).await;
    }
    Ok(told)
}

#[tauri::command]
fn guide(app: State<'_, App>) -> Vec<GuidePage> {
    app.guide()
}

#[tauri::command]
fn search_rooms(app: State<'_, App>, query: String) -> Vec<String> {
    app.search_rooms(&query)
}

#[tauri::command]
async fn discover(app: State<'_, App>, server: String) -> Result<ServerOffer> {
    app.discover(&server).await
}

#[tauri::command]
async fn sign_in(
    app: State<'_, App>,
    server: String,
    way: SignInWay,
    join_lobby: bool,
    shared: bool,
) -> Result<()> {
    app.sign_in(server, way, join_lobby, shared).await
}

#[tauri::command]
fn cancel_sign_in(app: State<'_, App>) {
    app.cancel_sign_in();
}

#[tauri::command]
async fn open_browser_again(app: State<'_, App>) -> Result<()> {
    app.open_browser_again()
}

#[tauri::command]
async fn paste_address(app: State<'_, App>, address: String) -> Result<()> {
    app.paste_address(&address)
}

#[tauri::command]
async fn answer_registration(app: State<'_, App>, answer: RegistrationAnswer) -> Result<()> {
    app.answer_registration(answer)
}

#[tauri::command]
async fn open_account_page(app: State<'_, App>, page: AccountPage) -> Result<()> {
    app.open_account_page(page).await
}

#[tauri::command]
async fn sign_out(app: State<'_, App>) -> Result<()> {
    app.sign_out().await;
    Ok(())
}

#[tauri::command]
async fn retry_saved_session(app: State<'_, App>) -> Result<()> {
    app.restore();
    Ok(())
}

#[tauri::command]
async fn set_aside_saved_session(app: State<'_, App>) -> Result<()> {
    app.set_aside_saved_session().await
}

#[tauri::command]
async fn keep_session(app: State<'_, App>, place: Place) -> Result<()> {
    app.keep_session(matches!(place, Place::Disk)).await
}

#[tauri::command]
fn read_address(app: State<'_, App>, text: String) -> PastedAddress {
    app.read_address(&text)
}

#[tauri::command]
async fn join(app: State<'_, App>, room: String, via: Vec<String>) -> Result<()> {
    app.join(&room, &via).await
}

#[tauri::command]
async fn join_rooms(app: State<'_, App>, picks: Vec<String>, rest: Vec<String>) -> Result<()> {
    app.join_rooms(&picks, &rest).await
}

#[tauri::command]
async fn steer_joins(app: State<'_, App>, order: JoinOrder) -> Result<()> {
    app.steer_joins(order).await
}

#[tauri::command]
async fn places(app: State<'_, App>) -> Result<Vec<HandOff>> {
    Ok(app.places().await)
}

#[tauri::command]
async fn hand_off(
    app: State<'_, App>,
    place: String,
    room: String,
    via: Vec<String>,
) -> Result<()> {
    app.hand_off(&place, &room, &via).await
}

#[tauri::command]
async fn room_link(app: State<'_, App>, room: String, via: Vec<String>) -> Result<String> {
    app.room_link(&room, &via).await
}

#[tauri::command]
async fn room_qr(app: State<'_, App>, room: String, via: Vec<String>) -> Result<Vec<Vec<bool>>> {
    app.room_qr(&room, &via).await
}

#[tauri::command]
async fn leave_rooms(app: State<'_, App>, room_ids: Vec<String>) -> Result<()> {
    app.leave_rooms(&room_ids).await
}

#[tauri::command]
async fn open_room(app: State<'_, App>, room_id: String) -> Result<OpenedRoom> {
    app.open_room(&room_id).await
}

#[tauri::command]
async fn close_room(app: State<'_, App>) -> Result<()> {
    app.close_room().await;
    Ok(())
}

#[tauri::command]
async fn load_earlier(app: State<'_, App>) -> Result<bool> {
    app.load_earlier().await
}

#[tauri::command]
async fn send_message(app: State<'_, App>, room_id: String, text: String) -> Result<()> {
    app.send_message(&room_id, &text).await
}

#[tauri::command]
async fn retry_message(app: State<'_, App>, item_id: String) -> Result<()> {
    app.retry_message(&item_id).await
}

#[tauri::command]
async fn discard_message(app: State<'_, App>, item_id: String) -> Result<()> {
    app.discard_message(&item_id).await
}

#[tauri::command]
async fn save_draft(app: State<'_, App>, room_id: String, text: String) -> Result<()> {
    app.save_draft(&room_id, &text).await
}

#[tauri::command]
async fn mark_read(app: State<'_, App>, room_id: String) -> Result<()> {
    app.mark_read(&room_id).await
}

#[tauri::command]
async fn keep_theme(file: State<'_, ThemeFile>, theme: Theme) -> Result<()> {
    let unwritable = |_| UiError::new(ErrorKind::ProfileUnwritable);
    file.write(theme).map_err(unwritable)
}

#[tauri::command]
async fn matrix_links(choice: State<'_, Choice>) -> Result<MatrixLinks> {
    Ok(choice.look())
}

#[tauri::command]
async fn take_matrix_links(choice: State<'_, Choice>, on: bool) -> Result<MatrixLinks> {
    let failed = |error: std::io::Error| {
        UiError::new(ErrorKind::ProfileUnwritable).with_detail(error.to_string())
    };
    choice.take(on).map_err(failed)?;
    Ok(choice.look())
}

#[tauri::command]
async fn open_link(href: String) -> Result<()> {
    let url = check_link(&href)?;
    let failed = || UiError::new(ErrorKind::BrowserFailed).with_detail(url.as_str());
    if open_browser(url.as_str()) { Ok(()) } else { Err(failed()) }
}

/// Opens an address in the system's browser; `false` where that failed.
pub fn open_browser(address: &str) -> bool {
    process::as_the_user(|| tauri_plugin_opener::open_url(address, None::<&str>).is_ok())
}

/// Where a session may be kept.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
enum Place {
    Keyring,
    Disk,
}
