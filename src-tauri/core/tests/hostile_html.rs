//! What the SDK makes of hostile messages before the app sees them, in memory.
//!
//! In a program of its own, as it counts what is allocated.
#![expect(unsafe_code, reason = "an allocator is implemented by unsafe functions")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use html5ever::{ParseOpts, QualName, local_name, ns, parse_fragment, tendril::TendrilSink as _};
use markup5ever_rcdom::RcDom;
use matrix_sdk::ruma::{
    events::room::message::{MessageType, RoomMessageEventContent},
    html::{Html, HtmlSanitizerMode, RemoveReplyFallback},
};

#[path = "../../../tests/support/hostile.rs"]
mod hostile;

/// More than this for one message of 60 KB is out of proportion.
const MAX_MESSAGE_BYTES: usize = 20 * 1024 * 1024;

/// Counts what is in use, and the most that was.
struct Counting;

static IN_USE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is handed on to the system's allocator as it comes.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = IN_USE.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(now, Relaxed);
        // SAFETY: the caller's promises are those that are asked for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's promises are those that are asked for.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most memory that was in use beyond what is before.
fn peak_of(work: impl FnOnce()) -> usize {
    let before = IN_USE.load(Relaxed);
    PEAK.store(before, Relaxed);
    work();
    PEAK.load(Relaxed) - before
}

/// As each event of a room's timeline.
fn sanitize(body: &str, html: &str) -> String {
    let mut content = RoomMessageEventContent::text_html(body, html);
    content.sanitize(HtmlSanitizerMode::Compat, RemoveReplyFallback::Yes);
    let MessageType::Text(text) = content.msgtype else { panic!("it was text") };
    text.formatted.map(|formatted| formatted.body).unwrap_or_default()
}

/// By the HTML standard.
fn parse_by_the_standard(html: &str) -> RcDom {
    let context = QualName::new(None, ns!(html), local_name!("div"));
    parse_fragment(RcDom::default(), ParseOpts::default(), context, Vec::new(), false).one(html)
}

/// One test, as others at the same time would be counted as well.
#[test]
fn no_message_takes_more_than_its_share() {
    for message in hostile::bodies() {
        let Some(html) = &message.html else { continue };
        let peak = peak_of(|| drop(sanitize(&message.body, html)));
        assert!(peak < MAX_MESSAGE_BYTES, "{}: {peak} bytes", message.name);
    }

    // A tenth of the worst one, which has a hundredth of its elements by the standard.
    let tenth = hostile::unclosed_before_paragraphs(200);
    let control = peak_of(|| drop(parse_by_the_standard(&tenth)));
    assert!(control * 100 > 20 * MAX_MESSAGE_BYTES, "the control takes {control} bytes only");
    let ours = peak_of(|| drop(Html::parse(&tenth)));
    assert!(ours * 20 < control, "{ours} bytes beside {control}");

    let plain = "<p>Try <strong>this</strong>: <a href=\"https://galaxyproject.org/\">x</a></p>";
    assert_eq!(sanitize("x", plain), plain);
    assert_eq!(sanitize("x", &tenth), "", "what is over a limit is nothing, and the body stays");
}
