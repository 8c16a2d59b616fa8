//! The only code that names Tauri: it opens the window and passes commands to the core.

mod arguments;
mod check;
mod closing;
mod commands;
mod console;
mod display;
mod feed;
mod isolated;
mod links;
mod log;
#[cfg(target_os = "linux")]
mod logind;
mod matrix_links;
mod open_in;
mod process;
mod running;
#[cfg(target_os = "linux")]
mod session_manager;
mod web_data;
#[cfg(target_os = "linux")]
mod web_process;
mod window;

use std::{
    io::{self, Write as _},
    process::ExitCode,
    sync::Arc,
};

use galaxy_chat_core::{App, Config, vault::Keyring};
use tauri::{Manager as _, RunEvent, WindowEvent};
use tokio::runtime::Runtime;
use tracing::warn;

use self::{
    arguments::{Arguments, Request},
    closing::Closing,
    links::Links,
    matrix_links::Choice,
    web_data::{ThemeFile, WebData},
};

/// The stack of each of the runtime's threads. One message can nest twenty thousand elements, and the
/// SDK takes the tree that it makes of them down recursively: the usual 2 MiB end at five thousand.
const STACK_BYTES: usize = 32 * 1024 * 1024;

/// Reads the command line and runs the app until its window is closed.
pub fn run() -> ExitCode {
    let arguments = match arguments::parse() {
        Ok(Request::Run(arguments)) => arguments,
        Ok(Request::Check(arguments)) => return check::run(arguments),
        Ok(Request::Print(text)) => {
            console::attach();
            // Whoever reads may have seen enough.
            let _ = writeln!(io::stdout(), "{text}");
            return ExitCode::SUCCESS;
        }
        Err(problem) => {
            console::attach();
            eprintln!("galaxy-chat: {problem}\nTry `galaxy-chat --help`.");
            return ExitCode::from(2);
        }
    };
    log::start(arguments.log.as_deref());
    process::restrict();
    if let Err(problem) = display::check() {
        eprintln!("galaxy-chat: {problem}");
        return ExitCode::FAILURE;
    }
    if arguments.profile.is_none() && !running::answers() {
        return ExitCode::FAILURE;
    }
    match start(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("galaxy-chat: the window could not be opened: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What the core's tasks run in.
fn runtime() -> io::Result<Runtime> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.enable_all().thread_stack_size(STACK_BYTES).build()
}

fn start(arguments: Arguments) -> tauri::Result<()> {
    let runtime = runtime()?;
    tauri::async_runtime::set(runtime.handle().clone());
    let links = Links::default();
    let mut builder = tauri::Builder::default().manage(Closing::default());
    // A profile of its own is an app of its own: only the usual one gives way to itself.
    if arguments.profile.is_none() {
        let links = links.clone();
        builder = builder.plugin(tauri_plugin_single_instance::init(move |app, arguments, _| {
            // Called from the first moment on, by the one thread that serves the bus.
            window::show(app);
            if let Some(link) = arguments::link_of(arguments) {
                links.show(&link);
            }
        }));
    }
    let ready = links.clone();
    let app = builder
        .invoke_handler(commands::handler())
        .setup(move |app| Ok(set_up(app, arguments, &ready)?))
        .build(tauri::generate_context!())?;
    app.run(move |app, event| match event {
        // Elsewhere links come as arguments.
        #[cfg(target_os = "macos")]
        RunEvent::Opened { urls } => {
            for url in urls {
                links.show(url.as_str());
            }
        }
        RunEvent::WindowEvent { event: WindowEvent::CloseRequested { api, .. }, .. } => {
            api.prevent_close();
            closing::begin(app);
        }
        // The last window is gone; with a code, everything has ended.
        RunEvent::ExitRequested { code: None, api, .. } => {
            api.prevent_exit();
            closing::begin(app);
        }
        RunEvent::Exit => closing::finish(app),
        _ => {}
    });
    Ok(())
}

/// Opens the window, and makes the core that answers it.
fn set_up(app: &mut tauri::App, arguments: Arguments, links: &Links) -> tauri::Result<()> {
    closing::on_signals(app.handle());
    #[cfg(target_os = "linux")]
    {
        logind::watch(app.handle());
        session_manager::watch(app.handle());
    }
    let profile = arguments.profile.map_or_else(|| app.path().app_local_data_dir(), Ok)?;
    let web_data = WebData::new(&profile);
    let web_data = web_data.inspect_err(|error| warn!("no folder for the web view: {error}"));
    let (web_data, theme) = (web_data.ok(), ThemeFile::of(&profile));
    window::open(app, web_data.as_ref(), &theme)?;
    app.manage(web_data);
    app.manage(theme);
    app.manage(Choice::new(app.handle().clone(), &profile));
    // The core's tasks live in Tauri's runtime.
    let core = tauri::async_runtime::block_on(async {
        App::new(Config {
            default_server: arguments.server,
            profile_folder: profile,
            catalogue_file: arguments.catalogue,
            keyring: Keyring::system(),
            open_browser: Arc::new(commands::open_browser),
            open_in: open_in::opener(app.handle().clone()),
        })
    });
    if let Some(link) = arguments.link {
        core.show_link(&link);
    }
    app.manage(core.clone());
    app.manage(feed::Feed::default());
    links.ready(&core);
    tauri::async_runtime::spawn(async move { core.restore() });
    Ok(())
}
