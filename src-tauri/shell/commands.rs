//! What the window may ask for. Each command is declared in `build.rs`, granted by name in
//! `capabilities/main.json`, and does nothing but pass on. Each is isolated, so that it is answered even
//! where it panics.

use galaxy_chat_core::{
    App, check_link,
    wire::{
        AccountPage, ErrorKind, GuidePage, HandOff, JoinOrder, MatrixLinks, OpenedRoom,
        PastedAddress, RegistrationAnswer, Sending, ServerOffer, SignInWay, Start, UiError, Update,
    },
};
use tauri::{State, Wry, ipc::Invoke};

use super::{
    feed::Feed,
    isolated::isolated,
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
        decline_invitation,
        discard_message,
        discover,
        follow_successor,
        forget_room,
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

#[tauri::command]
async fn subscribe(app: State<'_, App>, feed: State<'_, Feed>) -> Result<Start> {
    isolated(async { Ok(feed.subscribe(|sink| app.subscribe(sink)).await) }).await
}

/// Answers as soon as there is something to tell, and with nothing when the queue was given up: somebody
/// else has subscribed, or it was full. The window asks, because with `WebKitGTK` the first script that is
/// put into it starts a second engine for JavaScript, in this process.
#[tauri::command]
async fn updates(feed: State<'_, Feed>) -> Result<Vec<Update>> {
    isolated(async { Ok(feed.next().await) }).await
}

#[tauri::command]
async fn guide(app: State<'_, App>) -> Result<Vec<GuidePage>> {
    isolated(async { Ok(app.guide()) }).await
}

#[tauri::command]
async fn search_rooms(app: State<'_, App>, query: String) -> Result<Vec<String>> {
    isolated(async { Ok(app.search_rooms(&query)) }).await
}

#[tauri::command]
async fn discover(app: State<'_, App>, server: String) -> Result<ServerOffer> {
    isolated(Box::pin(app.discover(&server))).await
}

#[tauri::command]
async fn sign_in(
    app: State<'_, App>,
    server: String,
    way: SignInWay,
    join_lobby: bool,
    shared: bool,
) -> Result<()> {
    isolated(async { app.sign_in(server, way, join_lobby, shared).await }).await
}

#[tauri::command]
async fn cancel_sign_in(app: State<'_, App>) -> Result<()> {
    isolated(async {
        app.cancel_sign_in();
        Ok(())
    })
    .await
}

#[tauri::command]
async fn open_browser_again(app: State<'_, App>) -> Result<()> {
    isolated(async { app.open_browser_again() }).await
}

#[tauri::command]
async fn paste_address(app: State<'_, App>, address: String) -> Result<()> {
    isolated(async { app.paste_address(&address) }).await
}

#[tauri::command]
async fn answer_registration(app: State<'_, App>, answer: RegistrationAnswer) -> Result<()> {
    isolated(async { app.answer_registration(answer) }).await
}

#[tauri::command]
async fn open_account_page(app: State<'_, App>, page: AccountPage) -> Result<()> {
    isolated(async { app.open_account_page(page).await }).await
}

#[tauri::command]
async fn sign_out(app: State<'_, App>) -> Result<()> {
    isolated(Box::pin(async {
        app.sign_out().await;
        Ok(())
    }))
    .await
}

#[tauri::command]
async fn retry_saved_session(app: State<'_, App>) -> Result<()> {
    isolated(async {
        app.restore();
        Ok(())
    })
    .await
}

#[tauri::command]
async fn set_aside_saved_session(app: State<'_, App>) -> Result<()> {
    isolated(async { app.set_aside_saved_session().await }).await
}

#[tauri::command]
async fn keep_session(app: State<'_, App>, place: Place) -> Result<()> {
    isolated(async { app.keep_session(matches!(place, Place::Disk)).await }).await
}

#[tauri::command]
async fn read_address(app: State<'_, App>, text: String) -> Result<PastedAddress> {
    isolated(async { Ok(app.read_address(&text)) }).await
}

#[tauri::command]
async fn join(app: State<'_, App>, room: String, via: Vec<String>) -> Result<()> {
    isolated(async { app.join(&room, &via).await }).await
}

#[tauri::command]
async fn join_rooms(app: State<'_, App>, picks: Vec<String>, rest: Vec<String>) -> Result<()> {
    isolated(async { app.join_rooms(&picks, &rest).await }).await
}

#[tauri::command]
async fn steer_joins(app: State<'_, App>, order: JoinOrder) -> Result<()> {
    isolated(async { app.steer_joins(order).await }).await
}

#[tauri::command]
async fn follow_successor(app: State<'_, App>, room_id: String) -> Result<String> {
    isolated(async { app.follow_successor(&room_id).await }).await
}

#[tauri::command]
async fn decline_invitation(app: State<'_, App>, room_id: String) -> Result<()> {
    isolated(async { app.decline_invitation(&room_id).await }).await
}

#[tauri::command]
async fn forget_room(app: State<'_, App>, room_id: String) -> Result<()> {
    isolated(async { app.forget_room(&room_id).await }).await
}

#[tauri::command]
async fn places(app: State<'_, App>) -> Result<Vec<HandOff>> {
    isolated(async { Ok(app.places().await) }).await
}

#[tauri::command]
async fn hand_off(
    app: State<'_, App>,
    place: String,
    room: String,
    via: Vec<String>,
) -> Result<()> {
    isolated(async { app.hand_off(&place, &room, &via).await }).await
}

#[tauri::command]
async fn room_link(app: State<'_, App>, room: String, via: Vec<String>) -> Result<String> {
    isolated(async { app.room_link(&room, &via).await }).await
}

#[tauri::command]
async fn room_qr(app: State<'_, App>, room: String, via: Vec<String>) -> Result<Vec<Vec<bool>>> {
    isolated(async { app.room_qr(&room, &via).await }).await
}

#[tauri::command]
async fn leave_rooms(app: State<'_, App>, room_ids: Vec<String>) -> Result<()> {
    isolated(async { app.leave_rooms(&room_ids).await }).await
}

#[tauri::command]
async fn open_room(app: State<'_, App>, room_id: String) -> Result<OpenedRoom> {
    isolated(Box::pin(app.open_room(&room_id))).await
}

#[tauri::command]
async fn close_room(app: State<'_, App>) -> Result<()> {
    isolated(async {
        app.close_room().await;
        Ok(())
    })
    .await
}

#[tauri::command]
async fn load_earlier(app: State<'_, App>) -> Result<bool> {
    isolated(async { app.load_earlier().await }).await
}

#[tauri::command]
async fn send_message(
    app: State<'_, App>,
    room_id: String,
    text: String,
    as_text: bool,
) -> Result<Sending> {
    isolated(Box::pin(app.send_message(&room_id, &text, as_text))).await
}

#[tauri::command]
async fn retry_message(app: State<'_, App>, item_id: String) -> Result<()> {
    isolated(async { app.retry_message(&item_id).await }).await
}

#[tauri::command]
async fn discard_message(app: State<'_, App>, item_id: String) -> Result<()> {
    isolated(async { app.discard_message(&item_id).await }).await
}

#[tauri::command]
async fn save_draft(app: State<'_, App>, room_id: String, text: String) -> Result<()> {
    isolated(async { app.save_draft(&room_id, &text).await }).await
}

#[tauri::command]
async fn mark_read(app: State<'_, App>, room_id: String) -> Result<()> {
    isolated(async { app.mark_read(&room_id).await }).await
}

#[tauri::command]
async fn keep_theme(file: State<'_, ThemeFile>, theme: Theme) -> Result<()> {
    isolated(async {
        let unwritable = |_| UiError::new(ErrorKind::ProfileUnwritable);
        file.write(theme).map_err(unwritable)
    })
    .await
}

#[tauri::command]
async fn matrix_links(choice: State<'_, Choice>) -> Result<MatrixLinks> {
    isolated(async { Ok(choice.look()) }).await
}

#[tauri::command]
async fn take_matrix_links(choice: State<'_, Choice>, on: bool) -> Result<MatrixLinks> {
    isolated(async {
        let failed = |error: std::io::Error| {
            UiError::new(ErrorKind::ProfileUnwritable).with_detail(error.to_string())
        };
        choice.take(on).map_err(failed)?;
        Ok(choice.look())
    })
    .await
}

#[tauri::command]
async fn open_link(href: String) -> Result<()> {
    isolated(async {
        let url = check_link(&href)?;
        let failed = || UiError::new(ErrorKind::BrowserFailed).with_detail(url.as_str());
        if open_browser(url.as_str()) { Ok(()) } else { Err(failed()) }
    })
    .await
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
