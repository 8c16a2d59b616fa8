use super::*;

const STATE: &str = "the-state";

async fn listen() -> Listener {
    let listener = Listener::start().await.expect("a free port");
    listener.expect(STATE);
    listener
}

fn host(listener: &Listener) -> String {
    format!("127.0.0.1:{}", listener.redirect().port().expect("has one"))
}

/// Sends bytes, and answers with the status line; empty where there was none.
async fn send(listener: &Listener, request: &str) -> String {
    let mut stream = TcpStream::connect(host(listener)).await.expect("listens");
    // What is not wanted any more is not read to its end.
    let _ = stream.write_all(request.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8(answer).expect("is text");
    answer.lines().next().unwrap_or_default().to_owned()
}

async fn get(listener: &Listener, target: &str) -> String {
    let host = host(listener);
    send(listener, &format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n")).await
}

/// The honest browser; every attack is followed by it, and so shown to have done nothing.
async fn comes_back(mut listener: Listener) {
    let target = format!("{PATH}?code=the-code&state={STATE}");
    assert_eq!(get(&listener, &target).await, "HTTP/1.1 200 OK");
    let query = listener.query(Duration::from_secs(5)).await;
    assert_eq!(query.as_deref(), Some("code=the-code&state=the-state"));
}

#[tokio::test]
async fn the_browser_comes_back_and_sees_a_page_without_script() {
    let listener = listen().await;
    let mut stream = TcpStream::connect(host(&listener)).await.expect("listens");
    let request = format!(
        "GET {PATH}?code=the-code&state={STATE} HTTP/1.1\r\nHost: {}\r\n\r\n",
        host(&listener)
    );
    stream.write_all(request.as_bytes()).await.expect("is read");
    let mut page = String::new();
    stream.read_to_string(&mut page).await.expect("is text");
    assert!(page.contains("default-src 'none'") && page.contains("Referrer-Policy: no-referrer"));
    assert!(page.contains("Go back to Galaxy Chat"), "{page}");
    assert!(!page.contains("<script") && !page.contains("the-code"), "{page}");
}

#[tokio::test]
async fn whatever_else_knocks_is_sent_away_and_the_wait_goes_on() {
    let listener = listen().await;
    let path = PATH;
    for (target, status) in [
        ("/favicon.ico".to_owned(), "404 Not Found"),
        ("/".to_owned(), "404 Not Found"),
        (format!("{path}/?code=x&state={STATE}"), "404 Not Found"),
        (format!("/other?code=x&state={STATE}"), "404 Not Found"),
        (path.to_owned(), "400 Bad Request"),
        (format!("{path}?code=x"), "400 Bad Request"),
        (format!("{path}?code=x&state="), "400 Bad Request"),
        (format!("{path}?code=x&state=the-stat"), "400 Bad Request"),
        (format!("{path}?code=x&state=the-state2"), "400 Bad Request"),
        (format!("{path}?code=x&state=wrong&state={STATE}"), "400 Bad Request"),
        (format!("{path}?state={STATE}"), "400 Bad Request"),
        (format!("{path}?code=x&code=y&state={STATE}"), "400 Bad Request"),
        (format!("{path}?code=x&loginToken=y&state={STATE}"), "400 Bad Request"),
    ] {
        assert_eq!(get(&listener, &target).await, format!("HTTP/1.1 {status}"), "{target}");
    }
    comes_back(listener).await;
}

#[tokio::test]
async fn only_a_browsers_request_is_one() {
    let listener = listen().await;
    let (host, path) = (host(&listener), PATH);
    let query = format!("code=x&state={STATE}");
    for request in [
        format!("POST {path}?{query} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        format!("HEAD {path}?{query} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        format!("GET {path}?{query} HTTP/1.1\r\n\r\n"),
        format!("GET {path}?{query} HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
        format!("GET {path}?{query} HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n\r\n"),
        format!("GET http://evil.example{path}?{query} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        format!("GET //evil.example{path}?{query} HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
        "\u{0}\u{1}\r\n\r\n".to_owned(),
        "\r\n\r\n".to_owned(),
    ] {
        let status = send(&listener, &request).await;
        assert_eq!(status, "HTTP/1.1 400 Bad Request", "{request}");
    }
    comes_back(listener).await;
}

#[tokio::test]
async fn a_state_is_good_once() {
    let mut listener = listen().await;
    let target = format!("{PATH}?code=x&state={STATE}");
    assert_eq!(get(&listener, &target).await, "HTTP/1.1 200 OK");
    assert_eq!(get(&listener, &target).await, "HTTP/1.1 400 Bad Request");
    assert!(listener.query(Duration::from_secs(5)).await.is_some());
    assert_eq!(listener.query(Duration::from_millis(50)).await, None, "it came once");
}

#[tokio::test]
async fn nothing_is_taken_before_the_browser_was_opened() {
    let listener = Listener::start().await.expect("a free port");
    for target in [format!("{PATH}?code=x&state="), format!("{PATH}?code=x&state={STATE}")] {
        assert_eq!(get(&listener, &target).await, "HTTP/1.1 400 Bad Request");
    }
    listener.expect(STATE);
    comes_back(listener).await;
}

#[tokio::test]
async fn huge_and_slow_requests_do_no_harm() {
    let listener = listen().await;
    let huge = format!("GET {PATH}?{} HTTP/1.1\r\n", "x".repeat(LONGEST * 4));
    let refused = send(&listener, &huge).await;
    assert!(refused.is_empty() || refused.ends_with("400 Bad Request"), "{refused}");
    // More that never end than the listener bears with.
    let mut slow = Vec::new();
    for _ in 0..MOST * 2 {
        let mut stream = TcpStream::connect(host(&listener)).await.expect("listens");
        stream.write_all(b"GET /").await.expect("is read");
        slow.push(stream);
    }
    comes_back(listener).await;
}

#[tokio::test(start_paused = true)]
async fn the_wait_ends() {
    let mut listener = listen().await;
    assert_eq!(listener.query(Duration::from_mins(1)).await, None);
}

#[tokio::test]
async fn the_address_can_be_handed_in_once() {
    let mut listener = listen().await;
    let letterbox = listener.letterbox();
    let right = format!("{}?code=x&state={STATE}", listener.redirect());
    for wrong in [
        "",
        "x",
        "https://galaxyproject.org/",
        &right.replace("http://", "https://"),
        &right.replace("127.0.0.1", "127.0.0.2"),
        &right.replace("127.0.0.1", "user@127.0.0.1"),
        &right.replace(STATE, "wrong"),
        &right.replace(PATH, "/other"),
        &right.replace("code=x&", ""),
    ] {
        assert!(!letterbox.take(wrong), "{wrong}");
    }
    assert!(letterbox.take(&format!(" {right}\n")));
    assert!(!letterbox.take(&right), "it was taken");
    let query = listener.query(Duration::from_secs(5)).await;
    assert_eq!(query.as_deref(), Some("code=x&state=the-state"));
}

/// Sends bytes, and answers with all that came back.
async fn whole(host: &str, target: &str) -> String {
    let mut stream = TcpStream::connect(host).await.expect("listens");
    let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("is read");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("is text");
    answer
}

#[tokio::test]
async fn an_address_to_open_leads_to_the_page_once() {
    let listener = listen().await;
    let letterbox = listener.letterbox();
    assert_eq!(letterbox.entrance(), None, "there is no page");
    let page = "https://account.example.org/authorize?state=the-state";
    listener.lead_to(Url::parse(page).expect("is one"));
    let one = letterbox.entrance().expect("there is a page");
    let other = letterbox.entrance().expect("there is a page");
    assert!(one != other && !one.contains(STATE) && !one.contains("example"), "{one}");

    let path = |address: &str| Url::parse(address).expect("is one").path().to_owned();
    let first = whole(&host(&listener), &path(&one)).await;
    assert!(first.starts_with("HTTP/1.1 303") && first.contains(&format!("Location: {page}\r\n")));
    assert!(first.contains("no-store") && first.contains("no-referrer"), "{first}");
    letterbox.used(&one).await;
    for target in [path(&one), "/open/".to_owned(), "/open/x".to_owned()] {
        let again = whole(&host(&listener), &target).await;
        assert!(again.starts_with("HTTP/1.1 410") && !again.contains("example"), "{again}");
    }
    assert!(whole(&host(&listener), &path(&other)).await.starts_with("HTTP/1.1 303"));
    comes_back(listener).await;
}

#[tokio::test]
async fn the_port_of_a_sign_in_that_was_given_up_stays_taken() {
    let listener = listen().await;
    listener.lead_to(Url::parse("https://example.org/").expect("is one"));
    let (host, entrance) = (host(&listener), listener.letterbox().entrance().expect("is one"));
    drop(listener);
    let bound = TcpListener::bind(&host).await;
    assert!(bound.is_err(), "somebody else could have what the browser brings");
    let late = whole(&host, &format!("{PATH}?loginToken=x&state={STATE}")).await;
    assert!(late.starts_with("HTTP/1.1 400"), "{late}");
    let path = Url::parse(&entrance).expect("is one").path().to_owned();
    assert!(whole(&host, &path).await.starts_with("HTTP/1.1 410"));
}

/// The control of the test above.
#[tokio::test]
async fn the_port_of_a_sign_in_that_was_answered_is_free() {
    let mut listener = listen().await;
    let address = host(&listener);
    get(&listener, &format!("{PATH}?code=x&state={STATE}")).await;
    assert!(listener.query(Duration::from_secs(5)).await.is_some());
    drop(listener);
    while TcpListener::bind(&address).await.is_err() {
        tokio::task::yield_now().await;
    }
}
