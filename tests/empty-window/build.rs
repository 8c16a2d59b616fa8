//! Prepares what Tauri builds into the window.

use std::fs;

/// What the app's own window is granted.
const CAPABILITY: &str = "../../capabilities/main.json";

fn main() {
    println!("cargo:rerun-if-changed=ui");
    println!("cargo:rerun-if-changed={CAPABILITY}");
    let capability = fs::read_to_string(CAPABILITY).expect("the app's capability");
    let granted = capability.split("\"allow-").skip(1).filter_map(|rest| rest.split('"').next());
    let commands: Vec<&'static str> = granted.map(|name| &*name.replace('-', "_").leak()).collect();
    let manifest = tauri_build::AppManifest::new().commands(commands.leak());
    let attributes = tauri_build::Attributes::new()
        .app_manifest(manifest)
        .capabilities_path_pattern("../../capabilities/*.json");
    tauri_build::try_build(attributes).expect("the window's parts");
}
