/// Has what is printed shown where the program was started. A program with a window of its own has no
/// console on Windows, unless it asks for the one it was called from.
#[cfg(windows)]
#[expect(unsafe_code, reason = "Windows offers nothing else")]
pub fn attach() {
    use windows_sys::Win32::System::Console::{ATTACH_PARENT_PROCESS, AttachConsole};
    // SAFETY: takes no pointer. Where there is no console to attach to, or the output goes into a
    // file, nothing changes.
    unsafe { AttachConsole(ATTACH_PARENT_PROCESS) };
}

#[cfg(not(windows))]
pub fn attach() {}
