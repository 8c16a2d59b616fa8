//! Somebody who fills in the authorization server's form by hand: a browser of forty lines, fast enough for
//! hundreds of visits.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};
use galaxy_chat_tests::homeserver::Account;
use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response};
use url::{Url, form_urlencoded};

use crate::attacks::page_behind;

/// Goes to the page that the app opened, signs in there, and goes back to the app.
pub async fn sign_in(page: &str, account: &Account) -> Result<()> {
    let mut visitor = Visitor { client: client()?, cookies: BTreeMap::new() };
    let start = Url::parse(&page_behind(page).await?)?;
    let form = visitor.follow(&start, &start).await?;
    let fields = form_urlencoded::Serializer::new(String::new())
        .append_pair("username", &account.user)
        .append_pair("password", &account.password)
        .append_pair("action", "submit")
        .finish();
    let answer = visitor.ask(Method::POST, &form, Some(fields)).await?;
    let next = leads_to(&answer, &form).context("the form was not accepted")?;
    visitor.follow(&next, &start).await.map(drop)
}

struct Visitor {
    client: Client,
    cookies: BTreeMap<String, String>,
}

impl Visitor {
    /// Goes on from redirection to redirection; answers where they end. Cookies stay at the server of `home`.
    async fn follow(&mut self, start: &Url, home: &Url) -> Result<Url> {
        let mut url = start.clone();
        for _ in 0..10 {
            if url.origin() != home.origin() {
                self.cookies.clear();
            }
            let answer = self.ask(Method::GET, &url, None).await?;
            let Some(next) = leads_to(&answer, &url) else {
                ensure!(answer.status().is_success(), "{url}: {}", answer.status());
                return Ok(url);
            };
            url = next;
        }
        bail!("the redirections do not end")
    }

    async fn ask(&mut self, method: Method, url: &Url, form: Option<String>) -> Result<Response> {
        let cookies: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request =
            self.client.request(method, url.clone()).header(COOKIE, cookies.join("; "));
        if let Some(form) = form {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
        }
        let answer = request.send().await?;
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let pair = cookie.to_str()?.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').context("a cookie without a value")?;
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        Ok(answer)
    }
}

fn client() -> Result<Client> {
    Ok(Client::builder().redirect(Policy::none()).build()?)
}

fn leads_to(answer: &Response, from: &Url) -> Option<Url> {
    let location = answer.headers().get(LOCATION).filter(|_| answer.status().is_redirection())?;
    from.join(location.to_str().ok()?).ok()
}
