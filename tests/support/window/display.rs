//! A screen of one's own, without a window manager.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::Path;

use anyhow::{Context as _, Result};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConnectionExt as _, EventMask, ImageFormat, InputFocus, MapState,
    Window,
};
use x11rb::rust_connection::RustConnection;

use crate::process::{self, Process};
use crate::tools;

/// A part of the screen, in pixels.
#[derive(Debug, Clone, Copy)]
pub struct Region {
    /// Pixels left of it.
    pub x: i16,
    /// Pixels above it.
    pub y: i16,
    /// Its width.
    pub width: u16,
    /// Its height.
    pub height: u16,
}

/// Looks at a display as often as is wanted, over one connection.
#[derive(Debug)]
pub struct Camera {
    connection: RustConnection,
    root: Window,
}

/// A running X server that shows its picture to nobody.
#[derive(Debug)]
pub struct Display {
    name: String,
    size: (u16, u16),
    _process: Process,
}

impl Display {
    /// Starts a display of this size in pixels.
    pub async fn start(folder: &Path, (width, height): (u16, u16)) -> Result<Self> {
        let (log, number) = (folder.join("display.log"), folder.join("display"));
        let mut command = process::command(tools::program("Xvfb")?);
        command.args([
            "-displayfd",
            "1",
            "-nolisten",
            "tcp",
            // Without it the server starts over when its last window closes, and turns away who comes then.
            "-noreset",
            "-screen",
            "0",
            &format!("{width}x{height}x24"),
        ]);
        command.stdout(File::create(&number)?).stderr(File::create(&log)?);
        let mut process = Process::start(command)?;
        let text = |file: &Path| fs::read_to_string(file).unwrap_or_default();
        let ask = async || Ok(text(&number).strip_suffix('\n').map(|number| format!(":{number}")));
        let name = process.ready("Xvfb", || text(&log), ask).await?;
        Ok(Self { name, size: (width, height), _process: process })
    }

    /// What programs call it, such as `:99`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A way to look at the screen.
    pub fn camera(&self) -> Result<Camera> {
        let (connection, root) = self.connect()?;
        Ok(Camera { connection, root })
    }

    /// Writes what is on the screen as a PNG file.
    pub fn screenshot(&self, file: &Path) -> Result<()> {
        let (width, height) = self.size;
        let picture = self.camera()?.pixels(Region { x: 0, y: 0, width, height })?;
        let pixels: Vec<u8> =
            picture.chunks_exact(4).flat_map(|pixel| [pixel[2], pixel[1], pixel[0]]).collect();
        let mut encoder =
            png::Encoder::new(BufWriter::new(File::create(file)?), width.into(), height.into());
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.write_header()?.write_image_data(&pixels)?;
        Ok(())
    }

    /// Gives the app's window the keyboard, as a click on it would.
    pub fn focus_window(&self) -> Result<()> {
        let (screen, root) = self.connect()?;
        let window = app_window(&screen, root)?;
        screen.set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME)?.check()?;
        Ok(())
    }

    /// Asks the app's window to close, as the close button of a desktop does.
    pub fn close_window(&self) -> Result<()> {
        let (screen, root) = self.connect()?;
        let window = app_window(&screen, root)?;
        let atom =
            |name: &str| anyhow::Ok(screen.intern_atom(false, name.as_bytes())?.reply()?.atom);
        let data = [atom("WM_DELETE_WINDOW")?, x11rb::CURRENT_TIME, 0, 0, 0];
        let message = ClientMessageEvent::new(32, window, atom("WM_PROTOCOLS")?, data);
        screen.send_event(false, window, EventMask::NO_EVENT, message)?.check()?;
        Ok(())
    }

    /// How many windows are shown.
    pub fn windows(&self) -> Result<usize> {
        let (screen, root) = self.connect()?;
        Ok(shown_windows(&screen, root)?.len())
    }

    /// The process of each window that is shown.
    pub fn owners(&self) -> Result<Vec<u32>> {
        let (screen, root) = self.connect()?;
        let property = screen.intern_atom(false, b"_NET_WM_PID")?.reply()?.atom;
        let mut owners = Vec::new();
        for window in shown_windows(&screen, root)? {
            let found = screen.get_property(false, window, property, AtomEnum::CARDINAL, 0, 1)?;
            let owner = found.reply()?.value32().and_then(|mut found| found.next());
            owners.push(owner.context("a window says whose it is")?);
        }
        Ok(owners)
    }

    fn connect(&self) -> Result<(RustConnection, Window)> {
        let (connection, screen) = RustConnection::connect(Some(&self.name))?;
        let root = connection.setup().roots[screen].root;
        Ok((connection, root))
    }
}

impl Camera {
    /// What is on a part of the screen, row by row: for each pixel blue, green, red and an unused byte.
    pub fn pixels(&self, Region { x, y, width, height }: Region) -> Result<Vec<u8>> {
        let request =
            self.connection.get_image(ImageFormat::Z_PIXMAP, self.root, x, y, width, height, !0)?;
        Ok(request.reply()?.data)
    }
}

/// The app's window: the largest.
fn app_window(screen: &RustConnection, root: Window) -> Result<Window> {
    let mut largest = None;
    for window in shown_windows(screen, root)? {
        let geometry = screen.get_geometry(window)?.reply()?;
        largest =
            largest.max(Some((u32::from(geometry.width) * u32::from(geometry.height), window)));
    }
    Ok(largest.context("the app has no window on its display")?.1)
}

/// Those with a title; toolkits keep small ones of their own.
fn shown_windows(screen: &RustConnection, root: Window) -> Result<Vec<Window>> {
    let mut windows = Vec::new();
    for window in screen.query_tree(root)?.reply()?.children {
        let shown = screen.get_window_attributes(window)?.reply()?.map_state == MapState::VIEWABLE;
        let title =
            screen.get_property(false, window, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 1)?.reply()?;
        if shown && !title.value.is_empty() {
            windows.push(window);
        }
    }
    Ok(windows)
}
