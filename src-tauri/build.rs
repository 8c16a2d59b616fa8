//! Declares the commands, so that the window may call only what `capabilities/` grants by name.

fn main() {
    // The window's files are embedded in the binary.
    println!("cargo:rerun-if-changed=ui");
    let commands = tauri_build::AppManifest::new().commands(&[
        "answer_registration",
        "cancel_sign_in",
        "close_room",
        "decline_invitation",
        "discard_message",
        "discover",
        "follow_successor",
        "forget_room",
        "guide",
        "hand_off",
        "join",
        "join_rooms",
        "keep_session",
        "keep_theme",
        "leave_rooms",
        "load_earlier",
        "mark_read",
        "matrix_links",
        "open_account_page",
        "open_browser_again",
        "open_link",
        "open_room",
        "paste_address",
        "places",
        "read_address",
        "retry_message",
        "retry_saved_session",
        "room_link",
        "room_qr",
        "save_draft",
        "search_rooms",
        "send_message",
        "set_aside_saved_session",
        "sign_in",
        "sign_out",
        "steer_joins",
        "subscribe",
        "take_matrix_links",
        "updates",
    ]);
    let attributes = tauri_build::Attributes::new().app_manifest(commands);
    if let Err(error) = tauri_build::try_build(attributes) {
        panic!("{error:#}");
    }
    let target = |part: &str| std::env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" {
        // Every page of the list of relocations is read at the start. Packed, it takes a hundredth of
        // three megabytes, and asks for glibc 2.36.
        println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}
