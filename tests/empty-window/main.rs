//! The smallest window Tauri can make: what the benchmarks compare Galaxy Chat with. It is granted what the
//! app's window is granted and has no policy, so that tests see what else keeps strangers from a command.

/// Says what the app would open.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "a command owns what it is called with")]
fn open_link(href: String) {
    eprintln!("asked to open {href}");
}

fn main() {
    let builder = tauri::Builder::default().invoke_handler(tauri::generate_handler![open_link]);
    if let Err(error) = builder.run(tauri::generate_context!()) {
        eprintln!("The empty window could not be opened: {error}");
        std::process::exit(1);
    }
}
