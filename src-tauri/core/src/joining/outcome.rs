//! What a refused join means, by what the homeserver answers.
//!
//! Homeservers give one answer for a ban, a missing invitation and a Space that one is not in.
//! Where that is so the room's summary tells them apart.

use std::time::UNIX_EPOCH;

use matrix_sdk::ruma::{
    OwnedRoomId, RoomId,
    api::error::{Error, ErrorKind, RetryAfter},
    room::{JoinRuleSummary, RestrictedSummary},
};

use super::{pace::Time, plan::Answer};
use crate::{
    failure::{is_about_terms, terms_page, words_of},
    wire::JoinProblem,
};

/// What a refusal means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// This.
    Clear(Answer),
    /// The room's summary has to be asked for; see [`explain`].
    NotAllowed,
}

/// Judges an answer that is not a success.
pub fn judge(error: &Error, now: Time) -> Verdict {
    let problem = match (error.error_kind(), error.status_code.as_u16()) {
        (Some(ErrorKind::LimitExceeded(data)), _) => {
            let wait = data.retry_after.as_ref().and_then(|after| wait_ms(after, now));
            return Verdict::Clear(Answer::Limited(wait));
        }
        (_, 429) => return Verdict::Clear(Answer::Limited(None)),
        // The session is over, or the account locked: no fault of the room's.
        (Some(ErrorKind::UserLocked), _) | (_, 401) => return Verdict::Clear(Answer::NotSent),
        (
            Some(ErrorKind::Forbidden | ErrorKind::BadState | ErrorKind::UnableToAuthorizeJoin),
            _,
        ) => return Verdict::NotAllowed,
        (Some(ErrorKind::NotFound), _) => JoinProblem::AddressUnknown { nearest: None },
        (Some(ErrorKind::IncompatibleRoomVersion(_) | ErrorKind::UnsupportedRoomVersion), _) => {
            JoinProblem::RoomVersionUnknown
        }
        (Some(ErrorKind::InvalidRoomState), _) => JoinProblem::Broken,
        (Some(ErrorKind::UserSuspended), _) => JoinProblem::AccountSuspended,
        (Some(kind), _) if is_about_terms(kind) => {
            JoinProblem::TermsNotAccepted { page: terms_page(kind).map(Into::into) }
        }
        // A room id without a server that knows it, or servers that do not answer.
        (Some(ErrorKind::UnableToGrantJoin), _) | (Some(_), 404 | 502 | 504) => {
            JoinProblem::Unreachable
        }
        (Some(_), 500) => JoinProblem::Broken,
        // Not the homeserver's answer, but that of what stands before it.
        (None, 408 | 504 | 524) => return Verdict::Clear(Answer::TimedOut),
        (_, 500..) => return Verdict::Clear(Answer::Lost),
        _ => JoinProblem::Other { words: words(error) },
    };
    Verdict::Clear(Answer::Failed(problem))
}

/// Says why nobody but others may join, by the room's summary: whether the user is `banned`, and
/// the `join_rule`, where it could be had. `is_in` says whether the user is in a Space, `is_ours`
/// whether it is one that the user would be sent to rather than to any other.
pub fn explain(
    banned: bool,
    join_rule: Option<&JoinRuleSummary>,
    is_in: impl Fn(&RoomId) -> bool,
    is_ours: impl Fn(&RoomId) -> bool,
) -> Answer {
    if banned {
        return Answer::Failed(JoinProblem::Banned);
    }
    let space = |rule: &RestrictedSummary| -> Option<OwnedRoomId> {
        let spaces = &rule.allowed_room_ids;
        if spaces.iter().any(|space| is_in(space)) {
            return None;
        }
        spaces.iter().find(|space| is_ours(space)).or(spaces.first()).cloned()
    };
    match join_rule {
        Some(JoinRuleSummary::Knock) => Answer::Failed(JoinProblem::Knock { asked: false }),
        Some(JoinRuleSummary::KnockRestricted(rule)) => match space(rule) {
            Some(space) => Answer::Restricted(Some(space.into())),
            None => Answer::Failed(JoinProblem::Knock { asked: false }),
        },
        Some(JoinRuleSummary::Restricted(rule)) => Answer::Restricted(space(rule).map(Into::into)),
        // Anyone may join, but for those who are banned: that of another server tells nobody.
        Some(JoinRuleSummary::Public) => Answer::Failed(JoinProblem::Banned),
        _ => Answer::Failed(JoinProblem::InviteOnly),
    }
}

fn wait_ms(after: &RetryAfter, now: Time) -> Option<u64> {
    let delay = match after {
        RetryAfter::Delay(delay) => *delay,
        RetryAfter::DateTime(time) => time.duration_since(UNIX_EPOCH).ok()?,
    };
    let ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
    Some(match after {
        RetryAfter::Delay(_) => ms,
        RetryAfter::DateTime(_) => Time(ms).since(now),
    })
}

fn words(error: &Error) -> String {
    words_of(error).unwrap_or_else(|| error.status_code.to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use matrix_sdk::ruma::{api::EndpointError as _, exports::http, room_id};

    use super::*;

    const NOW: Time = Time(1_700_000_000_000);

    fn answer(status: u16, header: Option<&str>, body: &str) -> Verdict {
        let mut response = http::Response::builder().status(status);
        if let Some(after) = header {
            response = response.header("Retry-After", after);
        }
        let response = response.body(body.as_bytes()).expect("a response");
        judge(&Error::from_http_response(response), NOW)
    }

    fn of(status: u16, code: &str) -> Verdict {
        answer(
            status,
            None,
            &format!(r#"{{"errcode":"{code}","error":"words\n","room_version":"99"}}"#),
        )
    }

    #[test]
    fn refusals_for_the_pace_say_when() {
        let body = r#"{"errcode":"M_LIMIT_EXCEEDED","error":"","retry_after_ms":1500}"#;
        let limited = |wait| Verdict::Clear(Answer::Limited(wait));
        assert_eq!(answer(429, None, body), limited(Some(1500)));
        assert_eq!(answer(429, Some("2"), body), limited(Some(2000)));
        let date = "Tue, 14 Nov 2023 22:13:50 GMT";
        let date = answer(429, Some(date), body);
        assert_eq!(date, limited(Some(30_000)));
        assert_eq!(of(429, "M_LIMIT_EXCEEDED"), limited(None));
        assert_eq!(answer(429, None, "<html>"), limited(None));
        let past = RetryAfter::DateTime(UNIX_EPOCH + Duration::from_secs(1));
        assert_eq!(wait_ms(&past, NOW), Some(0));
    }

    #[test]
    fn each_refusal_has_its_meaning() {
        let failed = |problem| Verdict::Clear(Answer::Failed(problem));
        let other = JoinProblem::Other { words: "words".to_owned() };
        for (status, code, meaning) in [
            (403, "M_FORBIDDEN", Verdict::NotAllowed),
            (403, "M_BAD_STATE", Verdict::NotAllowed),
            (403, "M_UNABLE_TO_AUTHORISE_JOIN", Verdict::NotAllowed),
            (404, "M_NOT_FOUND", failed(JoinProblem::AddressUnknown { nearest: None })),
            (404, "M_UNKNOWN", failed(JoinProblem::Unreachable)),
            (502, "M_UNKNOWN", failed(JoinProblem::Unreachable)),
            (400, "M_UNABLE_TO_GRANT_JOIN", failed(JoinProblem::Unreachable)),
            (400, "M_UNSUPPORTED_ROOM_VERSION", failed(JoinProblem::RoomVersionUnknown)),
            (400, "M_INCOMPATIBLE_ROOM_VERSION", failed(JoinProblem::RoomVersionUnknown)),
            (400, "M_INVALID_ROOM_STATE", failed(JoinProblem::Broken)),
            (500, "M_UNKNOWN", failed(JoinProblem::Broken)),
            (403, "M_USER_SUSPENDED", failed(JoinProblem::AccountSuspended)),
            (403, "M_CONSENT_NOT_GIVEN", failed(JoinProblem::TermsNotAccepted { page: None })),
            (403, "ORG.EXAMPLE.SPAM", failed(other)),
            (401, "M_UNKNOWN_TOKEN", Verdict::Clear(Answer::NotSent)),
            (401, "M_USER_LOCKED", Verdict::Clear(Answer::NotSent)),
            (503, "M_UNKNOWN", Verdict::Clear(Answer::Lost)),
        ] {
            assert_eq!(of(status, code), meaning, "{status} {code}");
        }
        for (status, meaning) in [(502, Answer::Lost), (504, Answer::TimedOut)] {
            assert_eq!(answer(status, None, "<html>"), Verdict::Clear(meaning));
        }
    }

    #[test]
    fn the_summary_tells_what_a_refusal_does_not() {
        let (ours, theirs) = (room_id!("!ours:a.example"), room_id!("!theirs:a.example"));
        let both = RestrictedSummary::new(vec![theirs.to_owned(), ours.to_owned()]);
        let restricted = JoinRuleSummary::Restricted(both.clone());
        let knock = JoinRuleSummary::KnockRestricted(both);
        let failed = |problem| Answer::Failed(problem);
        let space = |space: &RoomId| Answer::Restricted(Some(space.to_owned().into()));
        let out = |rule: Option<&JoinRuleSummary>| explain(false, rule, |_| false, |it| it == ours);
        let inside = |rule: &JoinRuleSummary| explain(false, Some(rule), |_| true, |_| true);
        assert_eq!(explain(true, None, |_| true, |_| true), failed(JoinProblem::Banned));
        assert_eq!(out(None), failed(JoinProblem::InviteOnly));
        assert_eq!(out(Some(&JoinRuleSummary::Invite)), failed(JoinProblem::InviteOnly));
        assert_eq!(out(Some(&JoinRuleSummary::Knock)), failed(JoinProblem::Knock { asked: false }));
        assert_eq!(out(Some(&JoinRuleSummary::Public)), failed(JoinProblem::Banned));
        assert_eq!(out(Some(&restricted)), space(ours));
        assert_eq!(out(Some(&knock)), space(ours));
        assert_eq!(explain(false, Some(&restricted), |_| false, |_| false), space(theirs));
        assert_eq!(inside(&restricted), Answer::Restricted(None));
        assert_eq!(inside(&knock), failed(JoinProblem::Knock { asked: false }));
    }
}
