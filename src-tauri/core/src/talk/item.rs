//! From the SDK's timeline items to what the window draws.

use std::panic::{self, AssertUnwindSafe};

use matrix_sdk::ruma::{
    OwnedUserId, UserId,
    events::room::message::{FormattedBody, MessageFormat, MessageType},
};
use matrix_sdk_ui::timeline::{
    EmbeddedEvent, EventSendState, EventTimelineItem, InReplyToDetails, MembershipChange,
    Message as SdkMessage, MsgLikeContent, MsgLikeKind, Profile, ReactionsByKeyBySender,
    TimelineDetails, TimelineItem as SdkItem, TimelineItemContent, TimelineItemKind as SdkKind,
    VirtualTimelineItem,
};
use tracing::error;

use crate::{
    failure::from_sdk,
    text::{clean_line, display_name, first_line, millis, parse_html, parse_plain},
    wire::{
        Block, Media, MembershipKind, Message, Reaction, ReplyTo, SendState, Sender, TimelineItem,
        TimelineItemKind, Unreadable,
    },
};

/// Reactions are one emoji or a short word.
const LONGEST_REACTION: usize = 20;

/// More different reactions to one message are not drawn.
const MAX_REACTIONS: usize = 50;

/// Turns items into what the window draws, as seen by one user.
pub struct Converter {
    own: OwnedUserId,
}

impl Converter {
    pub fn new(own: &UserId) -> Self {
        Self { own: own.to_owned() }
    }

    /// What cannot be converted is a message that cannot be shown: one event, whoever sent it, must
    /// not end the conversation around it.
    pub fn convert(&self, item: &SdkItem) -> TimelineItem {
        let kind = without_panic(|| self.kind(item), || unreadable(item));
        TimelineItem { id: item.unique_id().0.clone(), kind }
    }

    fn kind(&self, item: &SdkItem) -> TimelineItemKind {
        match item.kind() {
            SdkKind::Virtual(VirtualTimelineItem::DateDivider(time)) => {
                TimelineItemKind::DayDivider { time_ms: millis(*time) }
            }
            SdkKind::Virtual(VirtualTimelineItem::ReadMarker) => TimelineItemKind::ReadMarker,
            SdkKind::Virtual(VirtualTimelineItem::TimelineStart) => TimelineItemKind::Start,
            SdkKind::Event(event) => self.event(event),
        }
    }

    fn event(&self, event: &EventTimelineItem) -> TimelineItemKind {
        let time_ms = millis(event.timestamp());
        match event.content() {
            TimelineItemContent::MsgLike(content) => {
                TimelineItemKind::Message { message: Box::new(self.message(event, content)) }
            }
            TimelineItemContent::MembershipChange(change) => {
                let name = change.display_name();
                let user_id = change.user_id().to_string();
                let name = display_name(name.as_deref(), &user_id);
                // Only the profile of whoever made the change comes with it.
                let profile = event.sender_profile();
                let ambiguous = change.user_id() == event.sender() && is_ambiguous(profile);
                let sender = with_address(Sender { user_id, name, ambiguous });
                let what = change.change().map_or(MembershipKind::Other, membership);
                TimelineItemKind::Membership { sender, what, time_ms }
            }
            TimelineItemContent::ProfileChange(_) => TimelineItemKind::Membership {
                sender: with_address(sender(event.sender(), event.sender_profile())),
                what: MembershipKind::ProfileChanged,
                time_ms,
            },
            TimelineItemContent::FailedToParseMessageLike { .. } => {
                let mut message = self.empty_message(event);
                message.unreadable = Some(Unreadable::Malformed);
                TimelineItemKind::Message { message: Box::new(message) }
            }
            TimelineItemContent::OtherState(_)
            | TimelineItemContent::FailedToParseState { .. }
            | TimelineItemContent::CallInvite
            | TimelineItemContent::RtcNotification { .. } => TimelineItemKind::Hidden,
        }
    }

    fn message(&self, event: &EventTimelineItem, content: &MsgLikeContent) -> Message {
        let mut message = self.empty_message(event);
        message.reply_to = content.in_reply_to.as_ref().map(reply_to);
        message.reactions = self.reactions(&content.reactions);
        match &content.kind {
            MsgLikeKind::Message(text) => {
                message.edited = text.is_edited();
                message.emoji_only = event.contains_only_emojis();
                fill(&mut message, text);
            }
            MsgLikeKind::Sticker(sticker) => {
                message.media = Some(media("sticker", &sticker.content().body));
            }
            MsgLikeKind::Redacted => message.unreadable = Some(Unreadable::Removed),
            MsgLikeKind::UnableToDecrypt(_) => message.unreadable = Some(Unreadable::NotDecrypted),
            MsgLikeKind::Poll(_) | MsgLikeKind::Other(_) | MsgLikeKind::LiveLocation(_) => {
                message.unreadable = Some(Unreadable::Unsupported);
            }
        }
        message
    }

    fn empty_message(&self, event: &EventTimelineItem) -> Message {
        Message {
            sender: sender(event.sender(), event.sender_profile()),
            own: event.is_own(),
            time_ms: millis(event.timestamp()),
            highlighted: event.is_highlighted(),
            send_state: event.send_state().and_then(|state| self.send_state(state)),
            ..Message::default()
        }
    }

    fn send_state(&self, state: &EventSendState) -> Option<SendState> {
        match state {
            EventSendState::NotSentYet { .. } => Some(SendState::Sending),
            EventSendState::SendingFailed { error, is_recoverable } => {
                let error = from_sdk(error, self.own.server_name().as_str());
                Some(if *is_recoverable {
                    SendState::Waiting { error }
                } else {
                    SendState::Failed { error }
                })
            }
            EventSendState::Sent { .. } => None,
        }
    }

    fn reactions(&self, reactions: &ReactionsByKeyBySender) -> Vec<Reaction> {
        let reactions = reactions.iter().take(MAX_REACTIONS);
        reactions
            .map(|(key, senders)| Reaction {
                key: display_name(Some(&clean_line(key, LONGEST_REACTION)), "?"),
                count: senders.len(),
                own: senders.contains_key(&self.own),
            })
            .collect()
    }
}

/// What `make` makes, and what `instead` makes where that panics. Nothing is shared with what
/// panicked: both only read an item that is never changed.
fn without_panic<T>(make: impl FnOnce() -> T, instead: impl FnOnce() -> T) -> T {
    panic::catch_unwind(AssertUnwindSafe(make)).unwrap_or_else(|_| {
        error!("an item of the timeline could not be converted");
        instead()
    })
}

/// Stands for an item that cannot be converted. Nothing that a sender wrote is read, apart from
/// their Matrix ID.
fn unreadable(item: &SdkItem) -> TimelineItemKind {
    let SdkKind::Event(event) = item.kind() else { return TimelineItemKind::Hidden };
    let user_id = event.sender().to_string();
    let message = Message {
        sender: Sender { name: user_id.clone(), user_id, ambiguous: false },
        own: event.is_own(),
        time_ms: millis(event.timestamp()),
        unreadable: Some(Unreadable::Malformed),
        ..Message::default()
    };
    TimelineItemKind::Message { message: Box::new(message) }
}

fn fill(message: &mut Message, text: &SdkMessage) {
    match text.msgtype() {
        MessageType::Text(content) => {
            message.blocks = blocks(&content.body, content.formatted.as_ref());
        }
        MessageType::Notice(content) => {
            message.notice = true;
            message.blocks = blocks(&content.body, content.formatted.as_ref());
        }
        MessageType::Emote(content) => {
            message.emote = true;
            message.blocks = blocks(&content.body, content.formatted.as_ref());
        }
        MessageType::ServerNotice(content) => {
            message.notice = true;
            message.blocks = parse_plain(&content.body);
        }
        MessageType::Image(content) => {
            with_media(message, "image", content.filename(), content.caption());
        }
        MessageType::Video(content) => {
            with_media(message, "video", content.filename(), content.caption());
        }
        MessageType::Audio(content) => {
            with_media(message, "audio", content.filename(), content.caption());
        }
        MessageType::File(content) => {
            with_media(message, "file", content.filename(), content.caption());
        }
        MessageType::Location(content) => with_media(message, "location", &content.body, None),
        other => message.blocks = parse_plain(other.body()),
    }
    if message.blocks.is_empty() && message.media.is_none() {
        message.unreadable = Some(Unreadable::Malformed);
    }
}

/// The formatted text where it is HTML and honest, otherwise the plain one.
fn blocks(body: &str, formatted: Option<&FormattedBody>) -> Vec<Block> {
    formatted
        .filter(|formatted| formatted.format == MessageFormat::Html)
        .and_then(|formatted| parse_html(&formatted.body))
        .unwrap_or_else(|| parse_plain(body))
}

fn with_media(message: &mut Message, kind: &str, name: &str, caption: Option<&str>) {
    message.media = Some(media(kind, name));
    message.blocks = caption.map(parse_plain).unwrap_or_default();
}

fn media(kind: &str, name: &str) -> Media {
    Media { kind: kind.to_owned(), name: clean_line(name, 120) }
}

fn sender(user: &UserId, profile: &TimelineDetails<Profile>) -> Sender {
    let (name, ambiguous) = match profile {
        TimelineDetails::Ready(profile) => {
            (profile.display_name.as_deref(), profile.display_name_ambiguous)
        }
        _ => (Some(user.localpart()), false),
    };
    Sender { name: display_name(name, user.as_str()), ambiguous, user_id: user.to_string() }
}

/// Where the name stands within a sentence, the address that tells people of one name apart stands in
/// there with it.
fn with_address(sender: Sender) -> Sender {
    if !sender.ambiguous || sender.name == sender.user_id {
        return sender;
    }
    let name = format!("{} ({})", sender.name, clean_line(&sender.user_id, 255));
    Sender { name, ..sender }
}

fn is_ambiguous(profile: &TimelineDetails<Profile>) -> bool {
    matches!(profile, TimelineDetails::Ready(profile) if profile.display_name_ambiguous)
}

fn reply_to(reply: &InReplyToDetails) -> ReplyTo {
    match &reply.event {
        TimelineDetails::Ready(event) => ReplyTo {
            sender: Some(with_address(sender(&event.sender, &event.sender_profile))),
            text: first_line(&quoted(event)),
        },
        _ => ReplyTo { sender: None, text: String::new() },
    }
}

fn quoted(event: &EmbeddedEvent) -> String {
    event.content.as_message().map(|message| message.body().to_owned()).unwrap_or_default()
}

fn membership(change: MembershipChange) -> MembershipKind {
    match change {
        MembershipChange::Joined
        | MembershipChange::InvitationAccepted
        | MembershipChange::KnockAccepted => MembershipKind::Joined,
        MembershipChange::Left | MembershipChange::InvitationRejected => MembershipKind::Left,
        MembershipChange::Invited => MembershipKind::Invited,
        MembershipChange::Kicked | MembershipChange::InvitationRevoked => MembershipKind::Removed,
        MembershipChange::Banned | MembershipChange::KickedAndBanned => MembershipKind::Banned,
        _ => MembershipKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_of_one_name_are_told_apart_within_a_sentence() {
        let person = |name: &str, ambiguous| {
            let sender = Sender { user_id: "@b:evil.example".into(), name: name.into(), ambiguous };
            with_address(sender).name
        };
        assert_eq!(person("Helper", false), "Helper");
        assert_eq!(person("Helper", true), "Helper (@b:evil.example)");
        assert_eq!(person("@b:evil.example", true), "@b:evil.example");
    }

    #[test]
    fn a_panic_costs_one_item() {
        assert_eq!(without_panic(|| "shown", || "lost"), "shown");
        let text = "é";
        let items = ["one", "two", "three"]
            .map(|item| without_panic(|| if item == "two" { &text[1..] } else { item }, || "lost"));
        assert_eq!(items, ["one", "lost", "three"]);
    }
}
