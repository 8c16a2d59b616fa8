//! Keeping a session that was in memory only.

use tracing::warn;

use super::App;
use crate::wire::UiError;

impl App {
    /// Keeps a session that was in memory only, with what the user is writing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::KeyringUnavailable`](crate::wire::ErrorKind::KeyringUnavailable); where the profile cannot be
    /// written.
    pub async fn keep_session(&self, on_disk: bool) -> Result<(), UiError> {
        self.0.account.keep(on_disk).await?;
        let _turn = self.0.saving_drafts.lock().await;
        let drafts = self.0.talk.lock().await.as_ref().and_then(|talk| talk.drafts());
        if let Some(drafts) = drafts
            && let Err(error) = self.0.account.save_drafts(&drafts).await
        {
            warn!("drafts are kept with the next change: {error:?}");
        }
        Ok(())
    }
}
