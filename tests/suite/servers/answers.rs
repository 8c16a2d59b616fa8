//! Answers that no server should give, and how they are sent.

use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use anyhow::Result;
use flate2::{Compress, Compression, Crc, FlushCompress};
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::attacks::between::{Deed, Twist};
use crate::hostile::mutation::{Random, mutate};

/// Deeper than any parser of JSON that calls itself can go.
const DEEP: usize = 100_000;

/// What the bomb is compressed to, and what each of its parts is a thousandth of.
const BOMB_PARTS: usize = 1000;
const BOMB_PART: usize = 10 << 20;

/// An answer in the place of an honest one. Where a client could make something of it, it could of the honest
/// one as well: what is sent has all of that in it, but for what is wrong.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The beginning of the honest one, with the right length.
    Half,
    /// Something that is no JSON.
    NoJson(&'static str),
    /// JSON of another form than any that could be expected.
    OtherJson(&'static str),
    /// Nothing, as a success.
    Empty,
    /// The honest one with some of its fields changed; the state of what is random.
    Changed(u64),
    /// The honest one, with blanks behind it.
    Huge(usize),
    /// The same without an end.
    Endless,
    /// The same compressed: ten megabytes that become ten gigabytes.
    Bomb,
    /// A status with these headers and this body.
    Status(u16, &'static str, &'static str),
    /// The honest one, as a content of another type.
    Type(&'static str),
    /// Brackets, opened and not closed.
    Deep(&'static str),
    /// The honest one with a field that is deep.
    DeepField,
    /// The honest one, and the connection breaks in the middle of it.
    Cut,
    /// The connection breaks in the head.
    CutHead,
    /// Headers without end.
    Headers,
    /// Something that is no answer of the web.
    NotHttp(&'static str),
}

const NO_JSON: [&str; 8] = [
    "{",
    "{\"versions\":[\"v1.11\",}",
    "<!DOCTYPE html><title>Welcome</title>",
    "{\"versions\":NaN}",
    "\u{FEFF}{}",
    "{\"versions\":\"\\ud800\"}",
    "'x'",
    "{}{}",
];

const OTHER_JSON: [&str; 8] = ["null", "[]", "\"x\"", "1e400", "true", "{}", "[[]]", "{\"\":{}}"];

const BRACKETS: [&str; 2] = ["[", "{\"a\":"];

const TYPES: [&str; 4] = ["text/html", "image/png", "multipart/mixed; boundary=x", "\u{e4}"];

const NOT_HTTP: [&str; 5] = [
    "HTTP/1.1 abc\r\n\r\n",
    "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n{}",
    "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}",
    "\u{16}\u{3}\u{1} this is something else\r\n\r\n",
];

/// Statuses with headers and bodies that make no sense together.
#[rustfmt::skip]
const STATUSES: &[(u16, &str, &str)] = &[
    (204, "", ""),
    (301, "location: https://elsewhere.invalid/\r\n", ""),
    (302, "location: http://localhost:9/\r\n", "{}"),
    (307, "location: file:///etc/passwd\r\n", ""),
    (308, "", ""),
    (401, "", "null"),
    (401, "", "{\"errcode\":\"M_UNKNOWN\",\"error\":\"x\",\"soft_logout\":\"yes\"}"),
    (401, "", "{\"session\":7,\"flows\":\"x\",\"params\":[]}"),
    (401, "www-authenticate: Negotiate\r\n", "<h1>Who are you?</h1>"),
    (403, "", "{\"errcode\":7}"),
    (403, "", "{\"errcode\":\"M_FORBIDDEN\",\"error\":null}"),
    (404, "", ""),
    (404, "", "{\"errcode\":\"M_UNRECOGNIZED\",\"error\":[\"x\"]}"),
    (429, "", "{\"errcode\":\"M_LIMIT_EXCEEDED\",\"error\":\"x\",\"retry_after_ms\":1e300}"),
    (429, "", "{\"errcode\":\"M_LIMIT_EXCEEDED\",\"error\":\"x\",\"retry_after_ms\":-1}"),
    (429, "", "{\"errcode\":\"M_LIMIT_EXCEEDED\",\"error\":\"x\",\"retry_after_ms\":NaN}"),
    (429, "", "{\"errcode\":\"M_LIMIT_EXCEEDED\",\"error\":\"x\",\"retry_after_ms\":9007199254740991}"),
    (429, "retry-after: 18446744073709551615\r\n", "{\"errcode\":\"M_LIMIT_EXCEEDED\",\"error\":\"x\"}"),
    (429, "retry-after: -1\r\n", "{\"errcode\":\"M_LIMIT_EXCEEDED\",\"error\":\"x\"}"),
    (429, "retry-after: Fri, 31 Dec 9999 23:59:59 GMT\r\n", "{\"errcode\":\"M_LIMIT_EXCEEDED\",\"error\":\"x\"}"),
    (429, "", "<h1>Too many requests</h1>"),
    (500, "", "{\"errcode\":\"M_UNKNOWN\",\"error\":{\"x\":1}}"),
    (502, "", "<html><h1>Bad Gateway</h1></html>"),
    (503, "retry-after: 99999999999\r\n", ""),
    (999, "", "{}"),
];

/// How many kinds there are.
pub const KINDS: usize = 20;

impl Answer {
    /// One of a kind; statuses come more often than the others, as there are more of them.
    pub fn of_kind(kind: usize, random: &mut Random, limit: usize) -> Self {
        match kind % KINDS {
            0 => Self::Half,
            1 => Self::NoJson(random.one(&NO_JSON)),
            2 => Self::OtherJson(random.one(&OTHER_JSON)),
            3 => Self::Empty,
            4..=6 => Self::Changed(random.next()),
            7 => Self::Huge(limit + 1),
            8 => Self::Endless,
            9 => Self::Bomb,
            10 => Self::Type(random.one(&TYPES)),
            11 => Self::Deep(random.one(&BRACKETS)),
            12 => Self::DeepField,
            13 => Self::Cut,
            14 => Self::CutHead,
            15 => Self::Headers,
            16 => Self::NotHttp(random.one(&NOT_HTTP)),
            _ => {
                let (status, headers, body) = random.one(STATUSES);
                Self::Status(status, headers, body)
            }
        }
    }

    /// All of them that do not depend on chance.
    pub fn all(limit: usize) -> Vec<Self> {
        let mut all =
            vec![Self::Half, Self::Empty, Self::Huge(limit + 1), Self::Endless, Self::Bomb];
        all.extend([Self::DeepField, Self::Cut, Self::CutHead, Self::Headers]);
        all.extend(BRACKETS.map(Self::Deep));
        all.extend(NO_JSON.map(Self::NoJson));
        all.extend(OTHER_JSON.map(Self::OtherJson));
        all.extend(TYPES.map(Self::Type));
        all.extend(NOT_HTTP.map(Self::NotHttp));
        all.extend(STATUSES.iter().map(|(code, headers, body)| Self::Status(*code, headers, body)));
        all
    }

    /// Whether a client may go by it: all that it needs may be there.
    pub fn may_do(&self) -> bool {
        matches!(self, Self::Changed(_) | Self::Type(_) | Self::DeepField)
    }

    /// Whether it does not come to an end as an answer of the web does, or not within a limit.
    pub fn is_no_whole(&self) -> bool {
        use Answer::{Bomb, Cut, CutHead, Endless, Headers, Huge, NotHttp};
        matches!(self, Huge(_) | Endless | Bomb | Cut | CutHead | Headers | NotHttp(_))
    }

    /// Whether it asks to come again much later.
    pub fn asks_to_wait(&self) -> bool {
        let Self::Status(429, headers, body) = self else { return false };
        body.contains("9007199254740991") || headers.contains("18446744073709551615")
    }

    /// Answers so.
    pub fn deed(&self) -> Deed {
        let answer = self.clone();
        let twist: Twist = Box::new(move |honest, stream| Box::pin(answer.send(honest, stream)));
        Deed::Twist(twist)
    }

    /// Sends it.
    pub async fn send(self, honest: Vec<u8>, mut stream: TcpStream) -> Result<()> {
        let answer = match self {
            Self::Endless => {
                let start = [head(200, "", None).as_bytes(), &honest].concat();
                stream.write_all(&start).await?;
                return without_end(stream).await;
            }
            Self::Headers => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nx-padding: ").await?;
                return without_end(stream).await;
            }
            Self::Bomb => return explode(&honest, stream).await,
            other => other.bytes(honest),
        };
        stream.write_all(&answer).await?;
        Ok(stream.shutdown().await?)
    }

    /// All of it, where it has an end.
    fn bytes(self, honest: Vec<u8>) -> Vec<u8> {
        let whole = |body: &[u8]| [head(200, "", Some(body.len())).as_bytes(), body].concat();
        let half = honest.len() / 2;
        match self {
            Self::Half => whole(&honest[..half]),
            Self::NoJson(body) | Self::OtherJson(body) => whole(body.as_bytes()),
            Self::Empty => whole(b""),
            Self::Changed(seed) => whole(&changed(&honest, &mut Random(seed))),
            Self::Huge(size) => whole(&[honest, vec![b' '; size]].concat()),
            Self::Status(status, headers, body) => {
                let head = head(status, headers, Some(body.len()));
                [head.as_bytes(), body.as_bytes()].concat()
            }
            Self::Type(kind) => {
                let length = honest.len();
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n"
                );
                [head.as_bytes(), &honest].concat()
            }
            Self::Deep(bracket) => whole(bracket.repeat(DEEP).as_bytes()),
            Self::DeepField => whole(&deep_field(&honest)),
            Self::Cut => [head(200, "", Some(honest.len())).as_bytes(), &honest[..half]].concat(),
            Self::CutHead => b"HTTP/1.1 200 OK\r\ncontent-ty".to_vec(),
            Self::NotHttp(bytes) => bytes.as_bytes().to_vec(),
            Self::Endless | Self::Headers | Self::Bomb => Vec::new(),
        }
    }
}

/// Ends when the other side hangs up.
async fn without_end(mut stream: TcpStream) -> Result<()> {
    let part = vec![b' '; 64 << 10];
    loop {
        stream.write_all(&part).await?;
    }
}

fn head(status: u16, headers: &str, length: Option<usize>) -> String {
    let mut head = format!("HTTP/1.1 {status} As said\r\nconnection: close\r\n{headers}");
    head.push_str("content-type: application/json\r\n");
    if let Some(length) = length {
        // What it is written to has no end that could be met.
        let _ = write!(head, "content-length: {length}\r\n");
    }
    head + "\r\n"
}

fn changed(honest: &[u8], random: &mut Random) -> Vec<u8> {
    let mut value = serde_json::from_slice::<Value>(honest).unwrap_or_default();
    for _ in 0..random.one(&[1, 1, 2, 5]) {
        mutate(random, &mut value);
    }
    value.to_string().into_bytes()
}

fn deep_field(honest: &[u8]) -> Vec<u8> {
    let deep = format!("{{\"deep\":{}{},", "[".repeat(DEEP), "]".repeat(DEEP));
    match honest.strip_prefix(b"{") {
        Some(rest) => [deep.as_bytes(), rest].concat(),
        None => [deep.as_bytes(), b"\"x\":1}"].concat(),
    }
}

/// Blanks, compressed.
static BLANKS: LazyLock<Arc<(Vec<u8>, Crc)>> =
    LazyLock::new(|| Arc::new(compress(&vec![b' '; BOMB_PART])));

/// A part of a compressed file that others can follow, and its checksum.
fn compress(bytes: &[u8]) -> (Vec<u8>, Crc) {
    let mut compressed = Vec::with_capacity(bytes.len() + 1024);
    let mut compress = Compress::new(Compression::best(), false);
    compress
        .compress_vec(bytes, &mut compressed, FlushCompress::Full)
        .expect("there is room for all of it");
    let mut checksum = Crc::new();
    checksum.update(bytes);
    (compressed, checksum)
}

/// One file, as the format has it.
async fn explode(honest: &[u8], mut stream: TcpStream) -> Result<()> {
    const GZIP: [u8; 10] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF];
    const LAST: [u8; 2] = [3, 0];
    let (beginning, mut checksum) = compress(honest);
    let blanks = BLANKS.clone();
    let (blanks, blank) = &*blanks;
    let length = GZIP.len() + beginning.len() + blanks.len() * BOMB_PARTS + LAST.len() + 8;
    let head = head(200, "content-encoding: gzip\r\n", Some(length));
    stream.write_all(&[head.as_bytes(), &GZIP, &beginning].concat()).await?;
    for _ in 0..BOMB_PARTS {
        checksum.combine(blank);
        stream.write_all(blanks).await?;
    }
    let end = [checksum.sum().to_le_bytes(), checksum.amount().to_le_bytes()];
    stream.write_all(&[&LAST, end.as_flattened()].concat()).await?;
    Ok(stream.shutdown().await?)
}
