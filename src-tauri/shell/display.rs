/// Makes sure that a window can be opened, so that where it cannot the user reads one sentence
/// instead of a crash.
#[cfg(target_os = "linux")]
pub fn check() -> Result<(), &'static str> {
    // The window starts sooner and stays smaller without this renderer, which also leaves windows
    // blank with some graphics drivers.
    if std::env::var_os("WEBKIT_DISABLE_DMABUF_RENDERER").is_none() {
        set_before_threads("WEBKIT_DISABLE_DMABUF_RENDERER", "1");
    }
    gtk::init().map_err(|_| {
        "there is no display to open a window on. Start it in a desktop session, or set DISPLAY \
         or WAYLAND_DISPLAY to one."
    })
}

#[cfg(not(target_os = "linux"))]
pub fn check() -> Result<(), &'static str> {
    Ok(())
}

#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "the environment is changed before the first thread starts")]
fn set_before_threads(name: &str, value: &str) {
    // SAFETY: called at the start of `main`, when this is the process's only thread.
    unsafe { std::env::set_var(name, value) }
}
