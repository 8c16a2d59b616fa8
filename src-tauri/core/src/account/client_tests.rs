use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::*;

const MAX: usize = 1024 * 1024;

fn zeros(bytes: usize) -> Vec<u8> {
    vec![b'0'; bytes]
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("is memory");
    encoder.finish().expect("is memory")
}

/// Answers every request with these headers and this body.
async fn serve(headers: &'static str, body: Vec<u8>) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("is bound");
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let head = format!("HTTP/1.1 200 OK\r\n{headers}connection: close\r\n\r\n");
            // Who has read enough hangs up.
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(&body).await;
        }
    });
    Url::parse(&format!("http://{address}/")).expect("an address")
}

async fn read(http: &reqwest::Client, url: &Url) -> reqwest::Result<usize> {
    Ok(http.get(url.clone()).send().await?.bytes().await?.len())
}

#[tokio::test]
async fn answers_are_limited_after_decompression() {
    let limited = limited_client(false, MAX as u64).build().expect("a client");
    let unlimited = reqwest::Client::builder().no_proxy().build().expect("a client");
    let encoded = "content-encoding: gzip\r\n";
    for size in [0, 1, MAX - 1, MAX, MAX + 1, 40 * MAX] {
        let (plain, packed) = (zeros(size), gzip(&zeros(size)));
        assert!(packed.len() < MAX, "the bytes on the way are few");
        for (headers, body) in [("", plain), (encoded, packed)] {
            let url = serve(headers, body).await;
            let limited = read(&limited, &url).await;
            assert_eq!(limited.ok(), Some(size).filter(|size| *size <= MAX), "{headers}{size}");
            // The control: without the limit all of it is read.
            assert_eq!(read(&unlimited, &url).await.ok(), Some(size), "{headers}{size}");
        }
    }
}

#[tokio::test]
async fn the_sdk_reads_no_more_than_the_limit_either() {
    let padding = String::from_utf8(zeros(MAX)).expect("is text");
    let large = format!("{{\"versions\":[\"v1.11\"],\"padding\":\"{padding}\"}}");
    let url = serve("content-encoding: gzip\r\n", gzip(large.as_bytes())).await;
    for (max, reads) in [(MAX, false), (2 * MAX, true)] {
        let http = limited_client(false, max as u64).build().expect("a client");
        let client = build(&url, http, None, None).await.expect("asks nobody");
        assert_eq!(client.supported_versions().await.is_ok(), reads, "{max}");
    }
}

#[tokio::test]
async fn a_session_talks_to_its_own_servers_only() {
    let [homeserver, issuer, other] =
        [serve("", zeros(1)).await, serve("", zeros(1)).await, serve("", zeros(1)).await];
    let of_both =
        session_client(&homeserver, Some(&issuer), TokenGate::default()).expect("a client");
    let of_one = session_client(&homeserver, None, TokenGate::default()).expect("a client");
    let usual = http_client(false).expect("a client");
    let mut named_otherwise = homeserver.clone();
    named_otherwise.set_host(Some("localhost")).expect("a host");
    for url in [&homeserver, &issuer, &other, &named_otherwise] {
        let is_read = async |http| read(http, url).await.is_ok();
        assert_eq!(is_read(&of_both).await, *url == homeserver || *url == issuer, "{url}");
        assert_eq!(is_read(&of_one).await, *url == homeserver, "{url}");
        // The control: it is the client that refuses.
        assert!(is_read(&usual).await, "{url}");
    }
}

/// As `^[^/]+/[^ ]+ \(.+; .+\)$`, the form that the Matrix Authentication Service reads.
#[test]
fn an_authorization_server_can_name_the_session() {
    let agent = user_agent();
    let (name, rest) = agent.split_once('/').expect("a slash");
    let (version, system) = rest.split_once(" (").expect("a parenthesis");
    let segments: Vec<_> = system.strip_suffix(')').expect("its end").split("; ").collect();
    assert_eq!((name, version), ("Galaxy Chat", env!("CARGO_PKG_VERSION")));
    assert_eq!(segments, [super::system(), super::system()]);
}
