//! A display without a screen, and what is to be seen on it.

use super::png::Picture;
use crate::Outcome;
use crate::command::{make_folder, quietly, remove_folder};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::{env, fs, process};

/// A rectangle on the display, in pixels from the upper left.
#[derive(Clone, Copy)]
pub struct Area {
    pub left: usize,
    pub top: usize,
    pub width: usize,
    pub height: usize,
}

impl Area {
    /// The part where a page's text is, away from the frame that is there before any script runs.
    pub fn of_text(self) -> Self {
        let (left, top) = (self.width / 3, self.height / 8);
        let (width, height) = (self.width - left, self.height - top);
        Self { left: self.left + left, top: self.top + top, width, height }
    }
}

/// An Xvfb of our own; ends when dropped.
pub struct Display {
    server: Child,
    name: String,
    frame_buffer: PathBuf,
}

impl Display {
    /// Starts Xvfb on a free display. Its pixels are kept in a file, which spares a program that
    /// takes screenshots.
    pub fn new() -> Outcome<Self> {
        let frame_buffer = env::temp_dir().join(format!("galaxy-chat-display-{}", process::id()));
        make_folder(&frame_buffer)?;
        let mut xvfb = Command::new("Xvfb");
        xvfb.args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            "1280x800x24",
            "-nolisten",
            "tcp",
            "-ac",
            "-noreset",
            "-fbdir",
        ]);
        xvfb.arg(&frame_buffer).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = xvfb.spawn().map_err(|error| format!("cannot start Xvfb: {error}"))?;
        let mut number = String::new();
        if let Some(output) = server.stdout.take() {
            let _ = BufReader::new(output).read_line(&mut number);
        }
        let display = Self { server, name: format!(":{}", number.trim()), frame_buffer };
        if display.name == ":" { Err("Xvfb ended at once".into()) } else { Ok(display) }
    }

    /// For the environment variable DISPLAY.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the window with this title is, once it is on the display.
    pub fn window(&self, title: &str) -> Option<Area> {
        let about =
            quietly(Command::new("xwininfo").args(["-display", &self.name, "-name", title]))
                .ok()?;
        let value =
            |key: &str| about.lines().find_map(|line| line.trim().strip_prefix(key)).map(str::trim);
        let number = |key: &str| value(key)?.parse::<usize>().ok();
        (value("Map State:")? == "IsViewable").then_some(())?;
        Some(Area {
            left: number("Absolute upper-left X:")?,
            top: number("Absolute upper-left Y:")?,
            width: number("Width:")?,
            height: number("Height:")?,
        })
    }

    /// What `area` shows at this moment.
    pub fn picture(&self, area: Area) -> Outcome<Picture> {
        let file = self.frame_buffer.join("Xvfb_screen0");
        let dump =
            fs::read(&file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        cut_out(&dump, area).ok_or_else(|| "Xvfb's frame buffer is not in the expected form".into())
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = remove_folder(&self.frame_buffer);
    }
}

/// Takes `area` out of a window dump (XWD version 7, 32 bits a pixel).
fn cut_out(dump: &[u8], area: Area) -> Option<Picture> {
    let field = |index: usize| -> Option<usize> {
        let bytes = dump.get(index * 4..index * 4 + 4)?;
        usize::try_from(u32::from_be_bytes(bytes.try_into().ok()?)).ok()
    };
    let (header, version, bits, line_length, colour_map) =
        (field(0)?, field(1)?, field(11)?, field(12)?, field(19)?);
    if version != 7 || bits != 32 {
        return None;
    }
    let (screen_width, screen_height) = (field(4)?, field(5)?);
    let width = area.width.min(screen_width.saturating_sub(area.left));
    let height = area.height.min(screen_height.saturating_sub(area.top));
    let first = header + colour_map * 12;
    let mut pixels = Vec::with_capacity(width * height * 3);
    for row in area.top..area.top + height {
        let start = first + row * line_length + area.left * 4;
        for pixel in dump.get(start..start + width * 4)?.chunks_exact(4) {
            pixels.extend([pixel[2], pixel[1], pixel[0]]);
        }
    }
    Some(Picture { width, height, pixels })
}
