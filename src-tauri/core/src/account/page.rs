//! What the browser shows when it comes back.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};
use url::{Url, form_urlencoded};

const PAGE: &str = include_str!("page.html");

/// The sign-in has what it waited for.
pub fn taken(query: &str) -> String {
    if form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "error") {
        let text = "Nobody was signed in. Go back to Galaxy Chat to try again. \
                    You can close this page.";
        return respond("200 OK", "The sign-in was not completed", text);
    }
    let text = "Go back to Galaxy Chat, which does the rest. You can close this page.";
    respond("200 OK", "Almost done", text)
}

/// No sign-in waits for that.
pub fn unexpected() -> String {
    let text = "This page does not belong to the sign-in that Galaxy Chat waits for. Go back to \
                Galaxy Chat and open the browser from there. You can close this page.";
    respond("400 Bad Request", "This link does not work", text)
}

/// The browser goes on to a page, which is not told where from.
pub fn lead_on(page: &Url) -> String {
    format!(
        "HTTP/1.1 303 See Other\r\n\
         Location: {page}\r\n\
         Content-Length: 0\r\n\
         Referrer-Policy: no-referrer\r\n\
         Cache-Control: no-store\r\n\
         Connection: close\r\n\r\n"
    )
}

/// The address has led on before, or never did.
pub fn spent() -> String {
    let text = "It works once, and it has been used. If it was not you who used it, somebody else \
                on this computer was first: choose Cancel in Galaxy Chat and begin again. If it was \
                you, go back to Galaxy Chat and open the browser again from there.";
    respond("410 Gone", "This link does not work any more", text)
}

/// There is nothing here.
pub fn elsewhere() -> String {
    respond("404 Not Found", "Nothing here", "You can close this page.")
}

/// The page holds nothing of the request. It runs no script, is shown in no other page, stays in no
/// cache and tells its address, which has a secret in it, to nobody.
fn respond(status: &str, title: &str, text: &str) -> String {
    let body = PAGE.replace("{title}", title).replace("{text}", text);
    let style = body.split_once("<style>").and_then(|(_, rest)| rest.split_once("</style>"));
    let hash = STANDARD.encode(Sha256::digest(style.map_or("", |(style, _)| style)));
    format!(
        "HTTP/1.1 {status}\r\n\
         Content-Type: text/html; charset=utf-8\r\n\
         Content-Length: {}\r\n\
         Content-Security-Policy: default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'\r\n\
         Referrer-Policy: no-referrer\r\n\
         X-Content-Type-Options: nosniff\r\n\
         Cache-Control: no-store\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )
}
