//! What a person does on a page, in the app's window or in a browser: read, click, type.

use anyhow::{Context as _, Result, bail};
use fantoccini::Client;
use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
use fantoccini::elements::{Element, ElementRef};
use fantoccini::error::CmdError;
use fantoccini::key::Key;
use serde_json::{Value, json};
use tokio::time::{Duration, Instant, sleep, timeout};

/// WebDriver's name for a reference to an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// How long a driver may take for an answer.
const WAIT_TIMEOUT: Duration = Duration::from_mins(1);

/// The page that a driver holds.
#[derive(Debug)]
pub struct Page {
    pub(crate) client: Client,
    pub(crate) patience: Duration,
}

impl Page {
    /// Waits until a text can be read on the page.
    pub async fn see(&self, text: &str) -> Result<()> {
        self.wait("a text did not appear", async || {
            Ok(if self.reads(text).await? {
                Ok(())
            } else {
                Err(format!("“{text}” is not there"))
            })
        })
        .await
    }

    /// Waits until a text can no longer be read.
    pub async fn unsee(&self, text: &str) -> Result<()> {
        self.wait("a text did not go away", async || {
            Ok(if self.reads(text).await? {
                Err(format!("“{text}” is still there"))
            } else {
                Ok(())
            })
        })
        .await
    }

    /// Whether a text can be read now.
    pub async fn reads(&self, text: &str) -> Result<bool> {
        Ok(squash(&self.text().await?).contains(&squash(text)))
    }

    /// Everything that can be read now; nothing while the page is only a picture of what is to come.
    pub async fn text(&self) -> Result<String> {
        let script =
            "return document.querySelector('body > [inert]') ? '' : document.body.innerText";
        let text = self.run_js(script, Vec::new()).await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Clicks the button or link of this name, as soon as there is one that can be clicked.
    pub async fn click(&self, name: &str) -> Result<()> {
        self.click_named(name, None).await
    }

    /// The same in one part of the page: a list, row, form or the like, by its label, heading or text.
    pub async fn click_in(&self, part: &str, name: &str) -> Result<()> {
        self.click_named(name, Some(part)).await
    }

    /// Types a text into the field of this label, in place of what is there.
    pub async fn fill(&self, label: &str, text: &str) -> Result<()> {
        let field = self
            .wait(&format!("“{label}” could not be filled in"), async || {
                match self.look("field", label, None).await? {
                    Ok(field) => Ok(self.enter(&field).await.map(|()| field)),
                    Err(reason) => Ok(Err(reason)),
                }
            })
            .await?;
        // As a person does it: what a page hears of is keys, not a change from outside.
        self.press("Ctrl+a").await?;
        if text.is_empty() {
            return self.press("Delete").await;
        }
        drive(field.send_keys(text)).await
    }

    /// What can be read in the part, or stands in the field, of this name.
    pub async fn text_of(&self, name: &str) -> Result<String> {
        let failure = format!("“{name}” was not found");
        let element = self
            .wait(&failure, async || match self.look("field", name, None).await? {
                Ok(element) => Ok(Ok(element)),
                Err(_) => self.look("part", name, None).await,
            })
            .await?;
        let script = "return arguments[0].value ?? arguments[0].innerText";
        let text = self.run_js(script, vec![serde_json::to_value(element)?]).await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Presses keys where the keyboard is: a text, or a name such as `Enter`, `Tab`, `Shift+Tab`, `Ctrl+a`.
    pub async fn press(&self, keys: &str) -> Result<()> {
        let (holds, last) =
            keys.rsplit_once('+').filter(|(_, last)| !last.is_empty()).unwrap_or(("", keys));
        let holds: Vec<char> = holds.split('+').filter_map(key).collect();
        let pressed = key(last).map_or_else(|| last.chars().collect(), |key| vec![key]);
        let mut actions = KeyActions::new("keyboard".to_owned());
        for value in &holds {
            actions = actions.then(KeyAction::Down { value: *value });
        }
        for value in pressed {
            actions = actions.then(KeyAction::Down { value }).then(KeyAction::Up { value });
        }
        for value in holds.into_iter().rev() {
            actions = actions.then(KeyAction::Up { value });
        }
        drive(self.client.perform_actions(actions)).await
    }

    /// The name and text of what has the keyboard, for journeys without a mouse.
    pub async fn focused(&self) -> Result<String> {
        let script = "const at = document.activeElement; \
            return at?.ariaLabel ?? at?.labels?.[0]?.innerText ?? at?.innerText ?? ''";
        Ok(squash(self.run_js(script, Vec::new()).await?.as_str().unwrap_or_default()))
    }

    /// Runs JavaScript in the page; `arguments` are the values.
    pub async fn run_js(&self, script: &str, values: Vec<Value>) -> Result<Value> {
        drive(self.client.execute(script, values)).await
    }

    /// Runs JavaScript whose last argument is a function to call with the result.
    pub async fn run_js_async(&self, script: &str, values: Vec<Value>) -> Result<Value> {
        drive(self.client.execute_async(script, values)).await
    }

    async fn click_named(&self, name: &str, part: Option<&str>) -> Result<()> {
        self.wait(&format!("“{name}” could not be clicked"), async || {
            match self.look("control", name, part).await? {
                Ok(element) => Ok(self.click_resting(&element).await),
                Err(reason) => Ok(Err(reason)),
            }
        })
        .await
    }

    /// Clicks an element unless something is moving, which may cover it or take it away.
    async fn click_resting(&self, element: &Element) -> Result<(), String> {
        if !self.rests(element).await {
            return Err("it does not rest".to_owned());
        }
        drive(element.click()).await.map_err(|error| error.to_string())
    }

    /// Puts the cursor into a field, and sees that it is there: the field may have moved away from
    /// under the pointer in the very moment of the click.
    async fn enter(&self, field: &Element) -> Result<(), String> {
        self.click_resting(field).await?;
        let script = "return document.activeElement === arguments[0]";
        let value = serde_json::to_value(field).map_err(|error| error.to_string())?;
        match self.run_js(script, vec![value]).await {
            Ok(entered) if entered == true => Ok(()),
            Ok(_) => Err("the cursor is elsewhere".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Whether an element stays where it is for a moment: what comes in above it takes it away from
    /// under the pointer.
    async fn rests(&self, element: &Element) -> bool {
        let script = "const [element, done] = arguments;
            const place = () => { const { x, y } = element.getBoundingClientRect(); return `${x} ${y}`; };
            const before = place();
            setTimeout(() => done(place() === before), 50)";
        let Ok(value) = serde_json::to_value(element) else { return false };
        // It may be gone, or its page.
        self.run_js_async(script, vec![value]).await.is_ok_and(|rests| rests == true)
    }

    /// One look at the page: the element, or why there is none.
    async fn look(
        &self,
        kind: &str,
        name: &str,
        part: Option<&str>,
    ) -> Result<Result<Element, String>> {
        let answer = self
            .run_js(include_str!("page.js"), vec![kind.into(), name.into(), json!(part)])
            .await?;
        if let Some(id) = answer[ELEMENT].as_str() {
            let id = ElementRef::from(id.to_owned());
            return Ok(Ok(Element::from_element_id(self.client.clone(), id)));
        }
        Ok(Err(answer.as_str().unwrap_or("nothing has this name").to_owned()))
    }

    /// Asks again until there is an answer; says at the end what was on the page instead.
    pub(crate) async fn wait<T>(
        &self,
        failure: &str,
        ask: impl AsyncFn() -> Result<Result<T, String>>,
    ) -> Result<T> {
        let deadline = Instant::now() + self.patience;
        loop {
            match ask().await? {
                Ok(answer) => return Ok(answer),
                Err(reason) if Instant::now() > deadline => {
                    let (at, text) = (drive(self.client.current_url()).await?, self.text().await?);
                    bail!("{failure}: {reason}.\nThe page at {at} says:\n{text}");
                }
                Err(_) => sleep(Duration::from_millis(50)).await,
            }
        }
    }
}

/// Waits for an answer of the driver, which has been seen to give none.
pub(crate) async fn drive<T>(command: impl Future<Output = Result<T, CmdError>>) -> Result<T> {
    Ok(timeout(WAIT_TIMEOUT, command).await.context("the driver does not answer")??)
}

fn squash(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn key(name: &str) -> Option<char> {
    Some(char::from(match name {
        "Enter" => Key::Enter,
        "Tab" => Key::Tab,
        "Escape" => Key::Escape,
        "Space" => return Some(' '),
        "Backspace" => Key::Backspace,
        "Delete" => Key::Delete,
        "Up" => Key::Up,
        "Down" => Key::Down,
        "Left" => Key::Left,
        "Right" => Key::Right,
        "Home" => Key::Home,
        "End" => Key::End,
        "PageUp" => Key::PageUp,
        "PageDown" => Key::PageDown,
        "Shift" => Key::Shift,
        "Ctrl" => Key::Control,
        "Alt" => Key::Alt,
        _ => return None,
    }))
}
