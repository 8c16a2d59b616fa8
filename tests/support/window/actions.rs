//! What a person does in the app's window. Where something does not work, the reason comes with a
//! picture of the window and what the app logged.

use anyhow::{Error, Result, anyhow};
use serde_json::Value;

use super::Window;

impl Window {
    /// Waits until a text can be read in the window.
    pub async fn see(&self, text: &str) -> Result<()> {
        self.explained(self.page()?.see(text).await).await
    }

    /// Waits until a text can no longer be read.
    pub async fn unsee(&self, text: &str) -> Result<()> {
        self.explained(self.page()?.unsee(text).await).await
    }

    /// Whether a text can be read now.
    pub async fn reads(&self, text: &str) -> Result<bool> {
        self.page()?.reads(text).await
    }

    /// Everything that can be read now.
    pub async fn text(&self) -> Result<String> {
        self.page()?.text().await
    }

    /// Clicks the button or link of this name, as soon as there is one that can be clicked.
    pub async fn click(&self, name: &str) -> Result<()> {
        self.explained(self.page()?.click(name).await).await
    }

    /// The same in one part of the page: a list, row, form or the like, by its label, heading or text.
    pub async fn click_in(&self, part: &str, name: &str) -> Result<()> {
        self.explained(self.page()?.click_in(part, name).await).await
    }

    /// Types a text into the field of this label, in place of what is there.
    pub async fn fill(&self, label: &str, text: &str) -> Result<()> {
        self.explained(self.page()?.fill(label, text).await).await
    }

    /// What can be read in the part, or stands in the field, of this name.
    pub async fn text_of(&self, name: &str) -> Result<String> {
        self.explained(self.page()?.text_of(name).await).await
    }

    /// Presses keys where the keyboard is: a text, or a name such as `Enter`, `Tab`, `Shift+Tab`, `Ctrl+a`.
    pub async fn press(&self, keys: &str) -> Result<()> {
        self.page()?.press(keys).await
    }

    /// The name and text of what has the keyboard, for journeys without a mouse.
    pub async fn focused(&self) -> Result<String> {
        self.page()?.focused().await
    }

    /// Runs JavaScript in the page; `arguments` are the values.
    pub async fn run_js(&self, script: &str, values: Vec<Value>) -> Result<Value> {
        self.page()?.run_js(script, values).await
    }

    /// Runs JavaScript whose last argument is a function to call with the result.
    pub async fn run_js_async(&self, script: &str, values: Vec<Value>) -> Result<Value> {
        self.page()?.run_js_async(script, values).await
    }

    async fn explained<T>(&self, result: Result<T>) -> Result<T> {
        match result {
            Ok(value) => Ok(value),
            Err(error) => Err(self.explain(error).await),
        }
    }

    async fn explain(&self, error: Error) -> Error {
        match self.screenshot("failure").await {
            Ok(picture) => anyhow!(
                "{error:#}\nThe window is kept as {}. The app logged:\n{}",
                picture.display(),
                self.log()
            ),
            Err(_) => error,
        }
    }
}
