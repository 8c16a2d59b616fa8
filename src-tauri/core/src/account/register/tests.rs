use std::{
    fmt,
    io::{Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use serde_json::json;
use tracing::{Event, Metadata, Subscriber, field, span};

use super::*;

const SESSION: &str = "the-session-of-this-registration";

/// Everything that is logged, however fine.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Log {
    fn read(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl field::Visit for Log {
    fn record_debug(&mut self, _: &field::Field, value: &dyn fmt::Debug) {
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = fmt::Write::write_fmt(&mut *log, format_args!("{value:?}\n"));
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        span.record(&mut self.clone());
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        values.record(&mut self.clone());
    }
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// Answers like a homeserver that wants something nobody knows, until the test ends.
async fn client() -> Client {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is a free port");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || listener.incoming().flatten().for_each(|stream| serve(&stream)));
    let builder = Client::builder().homeserver_url(format!("http://{address}"));
    builder.build().await.expect("asks nobody")
}

fn serve(mut stream: &TcpStream) {
    let mut buffer = [0; 4096];
    let read = stream.read(&mut buffer).unwrap_or(0);
    let (status, body) = if buffer[..read].starts_with(b"GET /_matrix/client/versions") {
        ("200 OK", json!({ "versions": ["v1.1"] }))
    } else {
        let flows = json!([{ "stages": ["org.example.riddle"] }]);
        ("401 Unauthorized", json!({ "flows": flows, "session": SESSION }))
    };
    let body = body.to_string();
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close");
    let _ = write!(stream, "{head}\r\n\r\n{body}");
}

#[tokio::test]
async fn the_session_of_a_registration_is_not_logged() {
    let client = client().await;
    let log = Log::default();
    let _listening = tracing::subscriber::set_default(log.clone());
    let Ok(Answer::Asked(asked)) = post(&client, Request::new()).await else {
        panic!("it was not asked for anything");
    };
    assert_eq!(asked.session.as_deref(), Some(SESSION));
    let _ = has_page(&client, &AuthType::ReCaptcha, &asked).await;
    assert!(!log.read().contains(SESSION), "{}", log.read());
    // The SDK would have.
    client.send(Request::new()).await.expect_err("it asks for something");
    assert!(log.read().contains(SESSION), "{}", log.read());
}

#[tokio::test]
async fn an_account_without_a_name_is_not_asked_for() {
    let (client, errands) = (client().await, Errands::default());
    let questions = Questions(mpsc::unbounded_channel().0);
    let asked = register(&client, &errands, wanted(" ", "a password"), &questions).await;
    let error = asked.map(|_| ()).expect_err("there is no name");
    assert_eq!(error.kind, ErrorKind::UserNameInvalid);
}

fn wanted<'a>(user: &'a str, password: &'a str) -> Wanted<'a> {
    Wanted { user, password, device_id: "DEVICE".into(), device_name: "A device" }
}

#[test]
fn names_are_what_can_be_a_matrix_id() {
    for (typed, name) in [
        ("newcomer", Some("newcomer")),
        (" Newcomer ", Some("newcomer")),
        ("@newcomer:example.org:8448", Some("newcomer")),
        ("@newcomer", Some("newcomer")),
        ("", None),
        (" ", None),
        ("@", None),
        ("@:example.org", None),
    ] {
        let request = request(&wanted(typed, "a password")).ok();
        assert_eq!(request.and_then(|request| request.username).as_deref(), name, "{typed}");
    }
    assert!(request(&wanted("newcomer", "")).is_err());
}
