//! Pictures, written as PNG without compression.

use crate::Outcome;
use crate::command::write;
use std::collections::HashSet;
use std::path::Path;

/// Pixels of three bytes, red, green and blue, row by row.
pub struct Picture {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<u8>,
}

impl Picture {
    /// How many different colours there are.
    pub fn colours(&self) -> usize {
        self.pixels.chunks_exact(3).collect::<HashSet<_>>().len()
    }

    /// Writes the picture to `file`.
    pub fn save(&self, file: &Path) -> Outcome {
        write(file, self.encode()?)
    }

    fn encode(&self) -> Outcome<Vec<u8>> {
        let size = |number: usize| {
            u32::try_from(number).map_err(|_| "the picture is too large".to_owned())
        };
        let mut header = Vec::new();
        header.extend(size(self.width)?.to_be_bytes());
        header.extend(size(self.height)?.to_be_bytes());
        // 8 bits a channel, red-green-blue, the only compression and filter methods, not interlaced.
        header.extend([8, 2, 0, 0, 0]);
        let mut rows = Vec::with_capacity(self.pixels.len() + self.height);
        for row in self.pixels.chunks_exact(self.width.max(1) * 3) {
            rows.push(0);
            rows.extend(row);
        }
        let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
        for (kind, content) in [(b"IHDR", header), (b"IDAT", stored(&rows)), (b"IEND", Vec::new())]
        {
            file.extend(size(content.len())?.to_be_bytes());
            let checked = [kind.as_slice(), &content].concat();
            file.extend(&checked);
            file.extend(crc32(&checked).to_be_bytes());
        }
        Ok(file)
    }
}

/// A zlib stream of blocks that are stored as they are.
fn stored(data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut blocks = data.chunks(usize::from(u16::MAX)).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        stream.push(u8::from(blocks.peek().is_none()));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    stream.extend(adler32(data).to_be_bytes());
    stream
}

fn adler32(data: &[u8]) -> u32 {
    let (mut low, mut high) = (1_u32, 0_u32);
    for byte in data {
        low = (low + u32::from(*byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    (high << 16) | low
}

fn crc32(data: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        let mixed = crc ^ u32::from(*byte);
        (0..8).fold(mixed, |value, _| (value >> 1) ^ (0xEDB8_8320 & (value & 1).wrapping_neg()))
    };
    !data.iter().fold(u32::MAX, step)
}

#[cfg(test)]
mod tests {
    use super::{Picture, adler32, crc32};

    #[test]
    fn a_blank_window_has_one_colour() {
        let blank = Picture { width: 20, height: 10, pixels: vec![255; 600] };
        assert_eq!(blank.colours(), 1);
        let mut written = blank;
        written.pixels[300] = 0;
        assert_eq!(written.colours(), 2);
    }

    #[test]
    fn checksums_are_the_published_ones() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(adler32(b"Wikipedia"), 0x11E6_0398);
    }
}
