//! The smallest window Tauri can make: what the benchmarks compare Galaxy Chat with.

fn main() {
    let context = tauri::generate_context!();
    if let Err(error) = tauri::Builder::default().run(context) {
        eprintln!("The empty window could not be opened: {error}");
        std::process::exit(1);
    }
}
