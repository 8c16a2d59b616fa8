//! Keys in the keyring that open nothing any more.

use tracing::info;

use crate::vault::{KeyId, Keyring, Profile};

/// Has the keyring forget keys. One that it cannot forget now stays on the profile's list, for the
/// next start; `false` where there is such a one.
pub async fn forget(profile: &Profile, keyring: &Keyring, keys: &[KeyId]) -> bool {
    let mut all = true;
    for key in keys {
        match keyring.forget(key).await {
            Ok(()) => profile.end_of_plan_to_forget(key),
            Err(error) => {
                info!("a key stays in the keyring until the next start: {error}");
                all = false;
            }
        }
    }
    all
}
