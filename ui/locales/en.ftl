# Every word the window shows. Plain, short, friendly: room, server, account, address.

product = Galaxy Chat
skip-to-content = Skip to the content
dismiss = Dismiss
cancel = Cancel
try-again = Try again
copy = Copy
copied = Copied
copy-what = Copy the address { $address }
one-moment = One moment…

## Sidebar

nav-label = Main
nav-guide = Guide
nav-rooms = All rooms
nav-your-rooms = Your rooms
nav-no-rooms = No rooms yet. “All rooms” has them, one click each.
nav-rooms-loading = Fetching your rooms…
nav-settings = Settings
nav-invitations = Invitations
nav-replaced = moved
nav-removed = removed
nav-sign-in = Sign in
nav-signing-in = Signing in…
nav-registering = Creating account…
nav-signing-out = Signing out…
nav-restoring = Opening your saved sign-in…
nav-locked = Saved sign-in not open
nav-expired = Sign in again
nav-unread = { $count ->
    [one] { $count } unread message
   *[other] { $count } unread messages
}
nav-mentions = { $count ->
    [one] { $count } mentions you
   *[other] { $count } mention you
}
sync-idle = Not connected
sync-starting = Connecting…
sync-running = Connected
sync-offline = Offline, trying again

## Welcome

welcome-title = Ask the Galaxy community, and be answered
welcome-text = Galaxy’s users, trainers and developers talk on Matrix, an open chat network. This app takes you to their rooms: read first, or sign in and say hello.
welcome-sign-in = Sign in
welcome-read = Just read
welcome-account = I have no account yet

## Guide

guide-contents = Contents
guide-search = Search the guide
guide-search-clear = Clear the search
guide-found = { $count ->
    [0] Nothing found. Try another word.
    [one] { $count } page found
   *[other] { $count } pages found
}
guide-results = Search results
guide-previous = Previous
guide-next = Next
guide-more = More of the guide
guide-missing = This page is not in the guide.
spoiler = Hidden text
spoiler-reason = Hidden text: { $reason }
link-host = opens { $host }

## Sign in

sign-in-title = Sign in
sign-in-intro = With the Matrix account you have, or with a new one.
sign-in-no-account = No account yet? How to make one
sign-in-server = Server
sign-in-server-help = It keeps your account, as an e-mail provider keeps a mailbox. In @name:matrix.org it is matrix.org.
sign-in-recent = Or choose:
sign-in-asking = Asking { $server }…
sign-in-user = User name
sign-in-user-help = “name”, the whole “@name:server”, or the e-mail address of the account.
sign-in-password = Password
sign-in-password-show = Show password
sign-in-password-hide = Hide password
sign-in-password-help = It goes to your server only, and is not kept.
sign-in-joinLobby = Join the Lobby when I am signed in
sign-in-joinLobby-help = The room where newcomers are welcome. Everyone can read it.
sign-in-shared = This computer is shared
sign-in-shared-help = Nothing of you stays here when you sign out or close the app.
sign-in-shared-browser = Your sign-in is removed then. Your browser may still be signed in; sign out there too before you leave.
sign-in-button = Sign in
sign-in-user-missing = Type your user name.
sign-in-password-missing = Type your password.
sign-in-unfinished = Your last sign-in was not finished. Nothing was lost; try again.
sign-in-broken = The copy of { $user }’s rooms on this computer cannot be opened. Sign in again to make a fresh one; your drafts are still here.
sign-in-expired = { $server } ended the sign-in of { $user }. Sign in again to go on; your drafts are still here.
sign-in-then = When you are signed in, “{ $room }” opens.
sign-in-choice = { $count ->
    [one] When you are signed in, the room you chose is joined.
   *[other] When you are signed in, the { $count } rooms you chose are joined.
}
sign-in-locked = There is a saved sign-in on this computer that is not open yet. The note above says what to do about it.
sign-in-already = You are signed in as { $user }.
sign-in-already-next = See all rooms
sign-in-step-findingServer = Looking for { $server }…
sign-in-step-checkingPassword = { $server } checks your user name and password…
sign-in-step-creatingAccount = { $server } makes your account…
sign-in-step-confirming = The browser is back. { $server } confirms your sign-in…
sign-in-step-preparing = You are in. Getting things ready on this computer…
sign-in-cancelling = Cancelling…

## Sign in: what the server offers

way-unknown = As soon as the server is known, you see here how people sign in there.
way-continue = Continue in your browser
way-browser = Your browser opens { $host }, which asks for your password. This app never sees it. When you are done there, you come back here.
way-used-by = { $host } signs you in for { $server }, which can then use the account: read your messages and write in your name. Go on only if you trust it.
way-sso = People sign in to { $server } with an account they have elsewhere, such as at their university. Your browser opens { $host }, which leads you there. This app never sees your password.
way-sso-beside = Or with an account that you have elsewhere:
way-sso-with = Continue with { $name }
way-none = { $server } offers no way of signing in that this app knows. Use an account on another server.
create-account = Create account
create-nowhere = No account on { $server } yet? It makes none from here: ask the people who run it, or take another server.
create-how = How to get an account

## Creating an account in the app

register-title = Create account
register-intro = Choose a user name and a password; the server may ask for a little more.
register-user-help = Others see it, and it cannot be changed later. Small letters, digits and . _ - = / are good.
register-password-help = Choose one that you use nowhere else. It goes to your server only, and is not kept.
register-token-ahead = This server makes accounts only for people with a code from those who run it. You are asked for it next.
register-back = I have an account
stage-terms-title = The server’s rules
stage-terms-text = Before { $server } makes your account, it asks you to accept its rules:
stage-terms-help = The links open in your browser.
stage-terms-next = I accept
stage-token-title = A code, please
stage-token-text = { $server } makes accounts only for people who have a code, also called registration token. The people who run the server give it out.
stage-token-label = Code
stage-token-missing = Type the code.
stage-token-refused = The server did not take this code. Check it: capital letters count, and a code can be used up.
stage-token-next = Continue
stage-page-title = One more step in your browser
stage-page-text = { $server } asks for something on a page that has opened in your browser.
stage-page-email = There you give your e-mail address and confirm it.
stage-page-phone = There you give your telephone number and confirm it.
stage-page-person = There you show that you are a person and not a program.
stage-page-other = Do what the page asks for.
stage-page-after = Then come back here and say so.
stage-page-not-yet = The server says that something is missing still. Look at the page again.
stage-page-open = Open the page again
stage-page-next = I have done that

## While the browser is away

wait-title = Go on in your browser
wait-title-create = Create your account in your browser
wait-text = A page of { $host } has opened there. It asks for your password; this app never sees it.
wait-text-create = A page of { $host } has opened there. It makes your account and asks for a password; this app never sees it.
wait-step-sign-in = Sign in on that page.
wait-step-create = Fill in that page. Some servers send you an e-mail with a link or a code to confirm.
wait-step-allow = If it asks whether Galaxy Chat may use your account, allow it.
wait-step-back = Come back to this window. It goes on by itself.
wait-check = Before you type a password, check that the address at the top of the browser shows { $host }.
wait-waiting = Waiting for your browser…
wait-open-again = Open the browser again
wait-copy = Copy address
paste-title = The browser says it cannot connect?
paste-text = At the end the browser goes to an address that begins with http://127.0.0.1: that is this app on your computer. Some browsers block it. Nothing is lost: copy the whole address from the top of the browser, and paste it here.
paste-label = Address in the browser
paste-send = Go on with this address

## Arriving in a room

arrive-title = On the way to { $room }
arrive-joining = Joining { $room }…
arrive-queued = { $room } waits its turn. Other rooms come first.
arrive-joining-hint = The first time can take a minute. You can read the guide meanwhile; nothing is lost.
arrive-moved = { $room } has moved
arrive-failed = { $room } could not be joined
arrive-other-rooms = See all rooms
arrive-space-title = You joined the Galaxy Space
arrive-space = A Space is a list of rooms; joining it does not join them. Its rooms are the ones listed under “All rooms”.
arrive-signed-out = Sign in first, then { $room } opens.

## All rooms

rooms-title = All rooms
rooms-intro = Galaxy’s rooms are public: anyone may read and write in them. You can leave a room whenever you like.
rooms-signed-out = You can look around without an account. Joining a room needs one.
rooms-pick = Choose several rooms
rooms-leave-several = Leave several…
rooms-search = Find a room, or paste its address
rooms-search-example = A subject, method, tool or link
rooms-found = { $count ->
    [0] No room fits.
    [one] One room fits.
   *[other] { $count } rooms fit, the best first.
}
rooms-results = Rooms that fit
rooms-none = Try another word, or ask in the Lobby: somebody there knows where to go.
rooms-none-lobby = Open { $room }
rooms-show-all = Show all rooms
rooms-category-start = Start here
rooms-category-help = Help with a Galaxy server
rooms-category-subject = By subject
rooms-category-role = By what you do
rooms-category-workingGroup = Working groups
rooms-category-training = Learning and teaching
rooms-category-region = By region
rooms-category-infrastructure = Software and machines
rooms-category-more = More rooms of Galaxy
rooms-audience = For: { $audience }
rooms-unsure = We could not confirm lately that this room is in use.
rooms-loading = Fetching the list of rooms…
rooms-kind-space = Space
rooms-join = Join
rooms-join-which = Join { $room }
rooms-queued = Waits its turn
rooms-joining = Joining…
rooms-waiting = The server asks to wait. It goes on by itself { $time }.
rooms-joined = Joined
rooms-open = Open
rooms-open-which = Open { $room }
rooms-leave = Leave
rooms-leave-which = Leave { $room }
rooms-leaving = Leaving…
rooms-left = You left { $room }.
rooms-space-joined = Joined. Its rooms are the ones listed here.
rooms-catalogue-problem = The file with the list of rooms could not be used, so the built-in list is shown. ({ $detail })

## Why a room was not joined: what happened; .safe what is not lost; .next what to do; .button the step that helps

problem-dismiss = Dismiss
problem-lobby = Go to { $room }
problem-join = Join { $room }
problem-inviteOnly = This room lets people in by invitation only.
    .next = Ask in the Lobby: say which room you would like to be in, and that your address is { $user }. When somebody has invited you, try again.
problem-knock = In this room one has to ask to be let in.
    .next = Ask, and somebody in the room decides. They see your name and your address, { $user }.
    .button = Ask to be let in
problem-knock-asked = You have asked to be let in.
    .next = Nothing more to do: the room follows by itself as soon as somebody there lets you in.
problem-restricted = This room does not let you in yet. Most likely it is for those who are in the Space { $space }.
    .next = Join the Space; this room is then tried again by itself.
    .button = Join the Space first
problem-restricted-unnamed = Only those who are in the Space that it belongs to may join this room.
    .next = Join that Space; this room then follows by itself.
problem-restricted-unknown = Only those who are in a certain Space may join this room, and the server does not say in which.
    .next = Ask in the Lobby who can let you in.
problem-banned = You are banned from this room.
    .safe = Your account and your other rooms stay as they are.
    .next = If you think that this is a mistake, write to { $admins } and name the room.
    .button = Write an e-mail
problem-broken = The server cannot join this room: something in the room itself is damaged.
    .safe = Your other rooms are fine.
    .next = Trying again seldom helps. Say it in the Lobby, with the room’s address, so that Galaxy’s admins hear of it.
problem-roomVersionUnknown = Your server is too old for this room: it does not know rooms of its version.
    .safe = The room is fine, and so is your account.
    .next = Ask the people who run your server for a newer version of it, or use an account on another server.
problem-termsNotAccepted = Your server wants you to accept its terms first.
    .safe = Nothing was joined.
    .next = Accept them in the browser, then try again.
problem-accountSuspended = Your account is suspended: it may read, and not join rooms.
    .safe = Your rooms and messages stay as they are.
    .next = Write to the people who run your server.
problem-replaced = This room has moved: it names { $room } as the room where people meet now.
    .safe = You are in the old room, and stay in it.
    .next = Go to the new room if you want to be there. Nothing is joined unless you do.
    .button = Go to the new room
problem-moved = You are now in the room that this one names as its new place, but that one does not say so.
    .safe = You are in both rooms; neither was left for you.
    .next = Ask in the Lobby which of them is the right one, and leave the other.
problem-addressUnknown = There is no room with the address { $address }.
    .next = It may have moved. Ask in the Lobby for the new address.
problem-addressUnknown-nearest = There is no room with the address { $address }. { $room } has one that differs in a few letters only.
    .next = Join that one if it is what you meant.
problem-unreachable = Your server cannot reach any server that knows this room at the moment.
    .safe = Nothing is lost, and other rooms are not held up.
    .next = This often passes. Try again in some minutes.
problem-slow = Your server did not get done in time. With a big room this happens.
    .safe = If it still gets done, the room appears by itself.
    .next = Go on with something else, or try again later.
problem-notKept = The app could not write down that it asks for this room, so it did not ask.
    .safe = Nothing was joined, and what else you chose waits.
    .next = See that there is room on the disk. Then try again; rooms that wait go on with “Go on”.
problem-other = The server said no: { $words }
    .safe = Nothing is lost, and other rooms are not held up.
    .next = Try again later. If it stays so, ask in the Lobby, with the words of the server.

## The plan of the joins

joins-running = Joining rooms: { $done } of { $total }
joins-finished = { $done ->
    [one] One room joined
   *[other] { $done } rooms joined
}
joins-finished-failed = { $done ->
    [0] { $failed } rooms not joined
    [one] One room joined, { $failed } not
   *[other] { $done } rooms joined, { $failed } not
}
joins-doing-joining = Joining { $room }…
joins-doing-slow = { $room } takes long. The other rooms are joined meanwhile.
joins-doing-appearing = { $room } is joined, and appears in a moment…
joins-doing-findingOut = The answer about { $room } got lost. Finding out whether it was joined…
joins-doing-waiting = The server asks to wait. It goes on by itself { $time }.
joins-doing-guessed = The server asks to wait and does not say how long. It is tried again { $time }.
joins-doing-clock = That is at { $time }.
joins-doing-waitingForNetwork = The server is out of reach. It goes on by itself as soon as it is back.
joins-doing-paused = Paused. No further room is joined until you go on.
joins-doing-finished = Done.
joins-left-seconds = Less than a minute left.
joins-left-minutes = { $count ->
    [one] About one minute left.
   *[other] About { $count } minutes left.
}
joins-left-minutes-range = About { $low } to { $high } minutes left.
joins-left-hours = { $count ->
    [one] About one hour left.
   *[other] About { $count } hours left.
}
joins-left-hours-range = About { $low } to { $high } hours left.
joins-bound-limit = The server lets in only so many rooms in a time.
joins-bound-answers = Each room takes the server its time.
joins-meanwhile = You can talk in your rooms meanwhile. If you close the app, it goes on at the next start.
joins-pause = Pause
joins-resume = Go on
joins-try-now = Try now
joins-stop = Stop…
joins-stop-ask = { $done ->
    [0] Stop? You are in none of these rooms yet
    [one] Stop? The one room that is joined stays joined
   *[other] Stop? The { $done } rooms that are joined stay joined
}; { $count ->
    [one] the other one is not joined.
   *[other] the { $count } others are not joined.
}
joins-stop-yes = Yes, stop
joins-stop-no = Go on joining
joins-stopped = { $count ->
    [0] Stopped. No room was joined.
    [one] Stopped. The room that was joined stays joined.
   *[other] Stopped. The { $count } rooms that were joined stay joined.
} One that the server had been asked for already may still appear.
joins-done = Done
joins-coming = { $count ->
    [one] One room to come
   *[other] { $count } rooms to come
}
joins-moved = { $count ->
    [one] One room has moved
   *[other] { $count } rooms have moved
}
joins-failed = { $count ->
    [one] One room could not be joined
   *[other] { $count } rooms could not be joined
}
joins-room-waitingForSpace = after its Space
joins-room-joining = joining…
joins-room-unsure = finding out…
joins-room-appearing = appears in a moment
joins-first = First
joins-first-which = Join { $room } first
joins-up = Up
joins-up-which = Move { $room } up
joins-cancel = Cancel
joins-cancel-which = Cancel joining { $room }
joins-say-moved = { $room } has moved.
joins-say-failed = { $room } could not be joined.
joins-say-long = The server asks to wait for some minutes before the next room.

## Choosing several rooms, to join or to leave

pick-title = Choose your rooms
pick-intro = Tick what you work on and what you do. A handful is plenty to begin with, and you can leave a room at any time.
pick-means = Each room stands in your list and counts what you have not read. Other Matrix apps with your account, such as one on your phone, may ring for every message in every room unless you set them otherwise.
pick-pace = Most servers join about ten rooms quickly, and then ask to wait before each next one. It goes on by itself, and you can talk meanwhile.
pick-suggested = Good to begin with
pick-suggested-space = Recommended by Galaxy
pick-chosen = { $count ->
    [0] No room chosen
    [one] One room chosen
   *[other] { $count } rooms chosen
}
pick-join = { $count ->
    [0] Join rooms
    [one] Join one room
   *[other] Join { $count } rooms
}
pick-back = Back to all rooms
pick-all-title = The Galaxy Space and all its rooms
pick-all-text = { $count ->
    [one] The one room that you are not in yet.
   *[other] All { $count } rooms that you are not in yet, for those who want to see everything.
}
pick-all-join = { $count ->
    [one] Join this room too
   *[other] Join all { $count } rooms
}
leave-title = Leave several rooms
leave-intro = These are the Galaxy rooms you are in. A room you leave goes from your list, and its new messages no longer reach you. Your account stays, and so does what you wrote there.
leave-none = You are in none of Galaxy’s rooms.
leave-button = { $count ->
    [0] Leave rooms…
    [one] Leave one room…
   *[other] Leave { $count } rooms…
}
leave-choose-all = { $count ->
    [one] Choose this room
   *[other] Choose all { $count }
}
leave-choose-none = Choose none
leave-ask = { $count ->
    [one] Leave this room? You keep your account and can join a public room again at any time.
   *[other] Leave these { $count } rooms? You keep your account and can join public rooms again at any time.
}
leave-ask-closed = To come back you would need a new invitation for: { $rooms }.
leave-yes = { $count ->
    [one] Yes, leave it
   *[other] Yes, leave { $count } rooms
}
leave-running = Leaving…
leave-count = { $left } of { $total } left so far.
leave-done = { $count ->
    [one] You left one room.
   *[other] You left { $count } rooms.
}
leave-done-some = You left { $left } of { $total } rooms. In the others you still are.
leave-undo = Undo: join them again

## A pasted address, or a link from outside

address-title-text = What you pasted
address-title-link = A link to a room
address-title-message = A room that a message names
address-title-command = The room you asked for
address-from-text = You pasted
address-from-link = You opened the link
address-from-message = The message names
address-from-command = You wrote
address-summary-room = This leads to { $room }.
address-summary-unlisted = This leads to a room that is not in Galaxy’s list.
address-summary-person = This leads to a person, not to a room.
address-summary-nothing = This leads to no room.
address-form-plain = It is the address of this room.
address-form-matrixTo = It is a matrix.to link, which leads to this room.
address-form-matrixUri = It is a link for Matrix apps, which leads to this room.
address-form-otherApp = It is a link into another Matrix app. In this app it leads to this room.
address-form-gitter = It is an address of Gitter, where the room was before it came to Matrix. Today it leads to this room.
address-form-bridge = It is an address from the time when a bridge led from Matrix to Gitter. Today it leads to this room.
address-form-short = It is one of Galaxy’s short links, which leads to this room.
address-not-joined = You are not in it yet: you join only when you press the button.
address-repaired = Put right:
address-repair-surroundings = What stood around the address was left away.
address-repair-characters = Characters that cannot be seen, or only look like the right ones, were replaced.
address-repair-link = The form of the link was mended.
address-repair-escapes = Backslashes, and codes for single characters, were taken back.
address-repair-sigil = The # in front was added.
address-repair-capitals = Capital letters, dashes or dots are now as in the room’s address, where they count.
address-repair-server = The server was added.
address-moved-replaced = { $from } is an old address. The people who met there meet in this room today.
address-moved-retired = The time of { $from } is over, and nothing took its place. This room comes nearest.
address-moved-duplicate = { $from } is a second address, or a slip of the pen, for this room.
address-moved-doubtful = Nobody could say for sure that there is a room { $from }. This one is known, and comes nearest.
address-event = The link leads to one message there. This app opens the room, and not that message.
address-nearest = Did you mean { $room }? Its address differs in a few letters only.
address-show-nearest = Show { $room }
address-unlisted-name = Another room
address-unlisted-tag = Not in Galaxy’s list
address-unlisted = Galaxy Chat knows nothing of this room but its address: not who looks after it, and not who can read it. Join it if you trust where the address comes from.
address-person = It leads to a person, { $user }. This app joins rooms; to write to somebody alone, use another Matrix app.
address-fault-empty = There is nothing in it.
address-fault-tooLong = It is too long to be searched for an address. Paste only the line with the address.
address-fault-noAddress = Nothing in it looks like the address of a room.
address-fault-serverMissing = The part behind the colon is missing, the server, and no room of Galaxy’s has that name.
address-fault-otherPage = It leads to a web page, and not to a room. Open it in your browser.
address-fault-incomplete = Only a part of it looks like an address, so the app does not guess where it leads. Copy the whole address, from its # to the end.
address-fault-rewritten = A mail scanner or another program has put its own link in the place of this one. Open it in your browser, and copy the address that stands there then.
address-fault-messageOnly = It names a message, but not the room that the message is in. Ask for the room’s address.
address-fault-oldCommunity = It leads to a community of a kind that no longer exists on Matrix.
address-fault-hidden = It has characters in it that cannot be seen and hide where it leads, so the app does not follow it.
address-fault-invalid = It looks like an address, but cannot be one. An address looks like #name:server.

## Taking a room to another app

hand-off = Open in…
hand-off-title = Open { $room } elsewhere
hand-off-looking = Looking for Matrix apps on this computer…
hand-off-app = on this computer
hand-off-web = in the browser
hand-off-paste = on this computer; copies the address
hand-off-unnamed = Another Matrix app
hand-off-last = last used
hand-off-opened = Asked { $name } to open the room.
hand-off-pasted = The address is copied. { $name } takes no links: look there for “Join with address”, and paste it.
hand-off-not-pasted = { $name } takes no links. Copy the address under “Who sees this”, look there for “Join with address”, and paste it.
hand-off-qr = Show QR
hand-off-copy = Copy link
hand-off-copied = The link is copied. It opens the room in every Matrix app.
hand-off-not-copied = The clipboard is closed to this app. Copy the link here by hand:
qr-title = { $room } on your phone
qr-text = Point the phone’s camera here. The link opens the room in the Matrix app on the phone, or says where to get one.
qr-picture = QR code of the link below
qr-close = Close
## What the live Space says of a room

facts-members = { $count ->
    [one] { $count } person
   *[other] { $count } people
}
facts-name = Calls itself “{ $name }”
facts-space = Listed in { $space }
facts-gone = No longer listed in Galaxy’s Space.
facts-moved = This room has moved: people meet in another one.
facts-moved-to = This room has moved: people meet in { $room }.

## Room

room-members = { $count ->
    [one] { $count } person
   *[other] { $count } people
}
room-who-sees = Who sees this
room-loading = Opening the room…
room-loading-messages = Fetching the messages…
room-empty = Nobody has written here yet. You can be the first.
room-empty-closed = Nobody has written here yet.
room-gone = You are not in this room any more.
room-gone-next = See all rooms
room-messages = Messages in { $room }
room-earlier = Earlier messages
room-earlier-loading = Fetching earlier messages…
room-start = This is where { $room } begins.
room-new-messages = New messages
room-to-bottom = To the newest message
room-read-marker = New
room-unread-kind-removed = This message was removed.
room-unread-kind-notDecrypted = This message is encrypted, and its key has not reached this computer.
room-unread-kind-unsupported = This is something other than text, a poll perhaps. It can be seen in another Matrix app.
room-unread-kind-malformed = This message is damaged and cannot be shown.
room-edited = (edited)
room-bot = automatic
room-you = you
room-show-more = Show more
room-show-less = Show less
room-reply-to = Answer to { $name }
room-reply-unknown = Answer to an earlier message
room-reaction = { $count ->
    [one] { $key }: { $count } person
   *[other] { $key }: { $count } people
}
room-reaction-own = { $count ->
    [one] { $key }: you
   *[other] { $key }: { $count } people, you among them
}
room-reactions = Reactions
room-media-image = Picture
room-media-video = Video
room-media-audio = Sound
room-media-file = File
room-media-location = Place
room-media-sticker = Sticker
room-media-note = not shown in this app
room-sending = Sending…
room-waiting = Not sent yet. It is tried again by itself.
room-waiting-offline = Not sent yet: the server is out of reach. It is tried again by itself.
room-failed = Not sent. Your text is kept here.
room-retry = Retry
room-discard = Discard
room-announce = { $name }: { $text }

member-joined = { $name } joined
member-left = { $name } left
member-invited = { $name } was invited
member-removed = { $name } was removed
member-banned = { $name } was banned
member-profileChanged = { $name } changed name or picture
member-other = Something about { $name } changed
member-fold = { $count ->
    [one] { $count } person came, went or changed their name
   *[other] { $count } comings, goings and changed names
}

day-today = Today
day-yesterday = Yesterday
day-unknown = Unknown date
time-unknown = Unknown time
time-unknown-short = ––:––

## What cannot be drawn

boundary-message = This message cannot be shown.
boundary-room = This room cannot be shown.
boundary-part = This part of the window cannot be shown. Everything else goes on.

## Rooms in which nothing can be written

closed-replaced = This room has moved to another one. What was said here can still be read.
closed-readOnly = You may not write in this room: those who run it decide who may. You can read everything.
closed-removed = { $name } has removed you from this room.
closed-banned = { $name } has banned you from this room.
closed-somebody = Somebody
closed-reason = “{ $reason }”
closed-follow = Go to the new room
closed-ask = Ask in { $room }
closed-forum = Ask in the Galaxy forum
closed-rejoin = Join again
closed-forget = Take off the list
closed-draft = What you have written is kept:

## Invitations

invitation-title = An invitation to { $room }
invitation-title-space = An invitation to the Space { $room }
invitation-from = From { $name }, whose address is:
invitation-from-nobody = Your server does not say who invites you.
invitation-topic = What it is about: { $topic }
invitation-hint = Nothing is joined unless you accept. Those in the room see that you were invited, and if you decline.
invitation-accept = Accept
invitation-decline = Decline
invitation-declining = Declining…
invitation-over = There is no invitation here any more.

## Composer

composer-label = Message to { $room }
composer-placeholder = Write a message
composer-send = Send
composer-public = Everyone can read this room. No passwords or private data.
composer-hint = Enter sends, Shift+Enter makes a new line.
composer-hello = Say hello
composer-hello-text = Hello everyone! I am new here and { composer-hello-gap }
composer-hello-gap = …
composer-hello-hint = Puts a greeting in the box for you to finish. Nothing is sent yet.
composer-no-files = Pictures and files cannot be sent from this app yet. Open the room in another Matrix app with “Open in…” to send them; what you have written stays here.
composer-kept-unknown = This app has no command { $command }, so nothing was sent. It knows /me, /join, /shrug and /plain.
composer-kept-unfinished =
    { $known ->
        [me] Nothing was sent: write what you do behind { $command }, as in “{ $command } looks at the data”.
        [plain] Nothing was sent: write the message behind { $command }. It goes out without formatting.
       *[join] Nothing was sent: write the room’s address behind { $command }.
    }
composer-as-text = Send as text
composer-offline = You are offline. What you send now goes out when the server is back.

## Who sees this

who-title = Who sees this
who-join = Who can join
who-join-public = Anyone on Matrix. No invitation is needed.
who-join-restricted = Members of a Space or another room: for Galaxy’s rooms, as a rule, the Galaxy Space. Join that first.
who-join-knock = People who ask, and are let in by somebody in the room.
who-join-knockRestricted = Members of a Space or another room, as a rule the Galaxy Space; and people who ask and are let in.
who-join-invite = Only people who are invited.
who-history = Who can read
who-history-world = Everyone, also without joining and without an account. What was written earlier can be read too.
who-history-members = Members. Anyone may become one, so treat it as public.
who-history-closed = Members only.
who-encryption = Encryption
who-encrypted = On. The servers pass messages on without being able to read them.
who-not-encrypted = Off, as usual for public rooms: messages can be read and searched on the servers.
who-not-encrypted-closed = Off. The people who run the members’ servers could read along.
who-bridges = Elsewhere
who-bridges-some = The room is connected with { $names }. What is written here can be read there too, where other rules hold.
who-bridges-none = The room names no other network that it is connected with.
who-activity = How busy it is
who-activity-busy = Busy: somebody has written in the last two days.
who-activity-some = Somebody has written in the last month.
who-activity-quiet = Quiet: nobody has written for a month. An answer may take a while.
who-unknown = Not known yet.
who-server = Server
who-server-text = The address is kept by { $server }. Each member’s server holds a copy of the messages, so removing one everywhere cannot be promised.
who-you = You
who-you-text = Everyone here sees the name you chose and your Matrix address, { $user }.
who-topic = What it is about
who-address = Address
who-leave = Leave room
who-leave-ask = Leave { $room }? You can join again at any time.
who-leave-ask-closed = Leave { $room }? You would need an invitation to come back.
who-leave-yes = Yes, leave
who-leave-no = Stay

## Badges: who sees a room, in a word or two; -why says where it is from

badges-label = Who sees { $room }
badges-space = as Galaxy’s Space says
badges-space-why = Galaxy’s Space says so. What the room itself says shows when you have joined it.
badges-list = as the list says
badges-list-why = The app’s own list says so. What the room itself says shows when you have joined it.
badge-join-public = Public
badge-join-restricted = Join the Space first
badge-join-knock = Ask to join
badge-join-knockRestricted = Ask, or join the Space
badge-join-invite = Invitation only
badge-history = Anyone can read
badge-encrypted = Encrypted
badge-not-encrypted = Not encrypted
badge-bridged = Bridged
badge-busy = Busy
badge-quiet = Quiet

## Settings

settings-title = Settings
settings-appearance = Appearance
settings-theme-system = As the system
settings-theme-light = Light
settings-theme-dark = Dark
settings-account = Account
account-account = Manage account
account-devices = Devices
account-password = Change password
account-pages-help = Each opens a page of { $server } in your browser.
settings-signed-out = You are not signed in.
settings-signed-in = Signed in as { $user } on { $server }.
settings-keeping = Where your sign-in is kept
settings-keeping-keyring = In a sealed file on this computer. Its key is in the system’s keyring, the safe place for passwords, so you stay signed in and others cannot open it.
settings-keeping-disk = In a sealed file on this computer, with its key beside it. You chose this: whoever can read your files can use your account.
settings-keeping-memory = In memory only. When you close the app you are signed out, and sign in again the next time.
settings-keeping-shared = In memory only, because you said that this computer is shared. When you sign out or close the app, nothing of you stays here.
settings-reason-missing = This system has no keyring, the safe place for passwords.
settings-reason-locked = The keyring is locked, and the request to unlock it was closed.
settings-reason-noAnswer = The keyring did not answer in time.
settings-reason-unreliable = The keyring did not give back what was put into it.
settings-reason-diskUnwritable = The folder for the app’s files cannot be written.
settings-keep-keyring = Try the keyring again
settings-keep-keyring-help = Best. Works as soon as the keyring is there and unlocked; no restart is needed.
settings-keep-disk = Keep on this computer without a keyring
settings-keep-disk-help = Weaker. You stay signed in, but whoever can read your files can use your account. Not for a shared computer.
settings-kept = Done: your sign-in is kept from now on.
settings-sign-out = Sign out
settings-sign-out-ask = Sign out of { $user }? Your account and your rooms stay as they are. This computer is taken off your account’s list of devices, and what the app keeps about you here is removed, unsent messages and drafts included.
settings-sign-out-ask-shared = Sign out of { $user }? Your account and your rooms stay as they are. This computer is taken off your account’s list of devices, and nothing of you stays in this app.
settings-sign-out-browser = If you signed in through your browser, it may still be signed in: sign out there too where others use this computer.
settings-sign-out-yes = Yes, sign out
settings-sign-out-no = Stay signed in
settings-signing-out = Signing out…
settings-links = Links to rooms
settings-links-own = Links that begin with galaxy-chat: always open this app.
settings-links-matrix = Open links that begin with matrix: in this app, too
settings-links-matrix-help = They open rooms and people in any Matrix app. Turned off again, the app that opened them before does so.
settings-about = About
settings-version = Galaxy Chat { $version }
settings-about-text = Made for the Galaxy community. Free software under the MIT licence.

## Saved sign-in that cannot be opened

locked-title = Your saved sign-in is not open yet
locked-keyringMissing = Its key is in a keyring, and this system shows none at the moment.
locked-keyringLocked = Your keyring is locked. Unlock it, then try again.
locked-keyringNoAnswer = The keyring has not answered yet. The app goes on waiting; look for a window that asks for your keyring password.
locked-keyGone = The key to your saved sign-in is not in the keyring. If the keyring was locked or another one was open, try again.
locked-otherKey = It was saved under another password store: the key found here does not fit.
locked-fileUnreadable = The file with your saved sign-in is damaged, or comes from a later version of this app.
locked-diskUnwritable = The disk is full, or cannot be written. Make some room, then try again.
locked-storeUnavailable = The local copy of your rooms cannot be opened at the moment: another program may hold it, or this computer is short of memory or open files. Close what you do not need, then try again.
locked-certificatesUnreadable = This computer’s certificates cannot be read, so no server can be reached safely. They may be in the middle of an update; try again in a minute.
locked-profileInUse = Another Galaxy Chat is running with the same data. Close it, then try again.
locked-safe = Nothing is lost or deleted. The guide works all the while.
locked-trying = Trying…
locked-anew = Sign in again instead
locked-anew-help = What is saved now is kept aside, not deleted.
expired-title = Please sign in again
expired-text = { $server } ended the sign-in of { $user }. What is on this computer is kept.
expired-broken = The copy of { $user }’s rooms on this computer cannot be opened, so a fresh one has to be made. What is here is kept.
expired-other = Use another account
remove-title = Saved on this computer
remove-link = Remove it from this computer…
remove-expired = The sign-in of { $user } has ended. Its messages, drafts and keys are still here, for when you sign in again.
remove-locked = The saved sign-in that cannot be opened, with its messages, drafts and keys, is still here.
remove-aside = Earlier sign-ins were set aside here, with their messages, drafts and keys. Nobody is signed in with them.
remove-button = Remove all of it
remove-ask = Remove what the app keeps on this computer about every sign-in? Messages stay on the server, except that what only this computer could decrypt cannot be read again. Drafts and unsent messages are gone. This cannot be undone.
remove-yes = Yes, remove it
remove-no = Keep it
remove-doing = Removing…
remove-done = What the app kept of every sign-in is removed.
memory-title = You stay signed in until you close the app
memory-next = Where it is kept
shared-title = This sign-in ends when you close the app
shared-text = Nothing of you stays on this computer then. If you signed in through the browser, sign out there too.

## Errors: what happened; .safe what is not lost; .next what to do; .button the way to the field that is wrong;
## .detail stands in where no name came along

remedy-again = Try again
remedy-correct = Correct it
remedy-protect = Use https:// instead
remedy-defaultServer = Use { $server } instead
remedy-otherServer = Use { $server } as the server
remedy-otherUser = Use another account
remedy-signIn = Sign in again
remedy-rooms = See all rooms
remedy-terms = Read and accept the terms
remedy-accountGuide = Read how
remedy-appsGuide = See other apps
remedy-copy = Copy the link

error-serverNameInvalid = This cannot be a server’s name or address.
    .next = Write it like matrix.org, or as an address that begins with https://.
    .button = Correct the server
error-serverUnknown = No server called { $detail } was found.
    .detail = that
    .next = Check the spelling, and that you are connected to the internet.
error-serverNotMatrix = { $detail } answers, but it is not a Matrix server.
    .detail = This server
    .next = Check the name. In @name:server, the server is what follows the colon.
    .button = Correct the server
error-serverMisconfigured = { $detail } names an address for its Matrix server that cannot be used. What you typed is right; the mistake is in the server’s settings.
    .detail = This server
    .safe = Your password was not sent.
    .next = Tell those who run it: “base_url” in /.well-known/matrix/client has to be a whole address that begins with https://. Until then you can take another server.
error-serverInsecure = { $detail } would be asked without protection (http), so the app refused. Your password was not sent.
    .detail = This server
    .next = Leave “http://” away, or write https:// instead.
error-serverCertificate = { $detail } could not prove that it is the real one: its certificate was not accepted. Your password was not sent.
    .detail = This server
    .next = Check that the date and time of your computer are right. Else tell the people who run the server.
error-serverUnreachable = { $detail } does not answer at the moment.
    .detail = The server
    .safe = Nothing you typed is lost.
    .next = Check your connection, then try again.
error-serverNoPassword = { $detail } does not take user names and passwords from apps like this one.
    .detail = This server
    .safe = Your password was not sent.
    .next = Sign in by one of the ways that it offers; they are shown here as soon as it answers.
error-serverTooOld = { $detail } is too old for this app.
    .detail = This server
    .next = Use an account on another server, or tell the people who run this one.
    .button = Change the server
error-userNameInvalid = This cannot be a user name.
    .next = Write the part before the colon, such as “name”, the whole “@name:server”, or an e-mail address.
    .button = Correct the name
error-userOnOtherServer = This user name belongs to { $detail }, not to the server chosen above.
    .detail = another server
    .next = Change the server, or write only your name.
error-wrongPassword = User name and password do not fit together.
    .next = Check both. Capital letters count, and a password can be shown with the button beside it.
    .button = Type the password again
error-accountLocked = This account is locked by the people who run its server.
    .next = Write to them; this app cannot unlock it.
error-accountDeactivated = This account was closed for good.
    .next = Use another account, or make a new one.
error-accountSuspended = This account is suspended by the people who run its server: it may read, and not write.
    .safe = Your rooms and messages stay as they are.
    .next = Write to them; this app cannot change it.
error-termsNotAccepted = The server wants you to accept its terms first.
    .safe = Nothing is lost.
    .next = Accept them in the browser, then try again.
error-forbidden = The server does not allow this.
    .safe = Nothing was changed.
    .next = Those who run the room or the server decide. Ask them, or in another room.
error-signInPageUntrusted = The sign-in pages of { $detail } belong to different places or are not protected, so the app did not open them.
    .detail = this server
    .safe = You were not asked for a password, and nothing was sent.
    .next = Use another server, or tell the people who run this one.
    .button = Change the server
error-signInRefused = { $detail } did not confirm this sign-in. Perhaps it was ended or refused in the browser.
    .detail = The server
    .safe = Your account is as it was, and nothing was kept here.
    .next = Try again, and allow Galaxy Chat when the page asks.
error-browserTimeout = The browser did not come back from { $detail } in time.
    .detail = the server’s page
    .safe = Nothing was kept here. If you made an account there, you have it.
    .next = Try again; you only sign in then.
error-addressNotExpected = This is not the address that this sign-in ends with.
    .safe = The sign-in is still waiting.
    .next = Sign in in the browser first. Then copy the whole address from its top; it begins with http://127.0.0.1.
    .button = Paste it again
error-registrationClosed = { $detail } makes no new accounts at the moment.
    .detail = This server
    .safe = Nothing was sent, and what you typed is still here.
    .next = Use another server, or ask the people who run this one.
    .button = Change the server
error-userNameTaken = This user name belongs to somebody already.
    .next = Choose another one, perhaps with a number or your field of work.
    .button = Change the name
error-passwordWeak = The server wants a password that is harder to guess. ({ $detail })
    .detail = it does not say why
    .next = Take a longer one; several words in a row are good.
    .button = Change the password
error-noAccountPage = { $detail } has no such page.
    .detail = This server
    .safe = Nothing was changed.
    .next = Another Matrix app can do it: sign in there with the same account.
error-clockWrong = The clock of this computer and that of { $detail } are far apart, so the sign-in cannot be confirmed.
    .detail = the server
    .safe = Nothing is lost.
    .next = Set date and time right in your computer’s settings, then try again.
error-words = The server says: “{ $words }”
error-rateLimited = The server asks to slow down.
    .safe = Nothing is lost.
    .next = Try again a little later.
error-rateLimited-wait = Try again { $time }.
error-rateLimited-now = You can try again now.
error-cancelled = Cancelled. Nothing was kept, and what you typed is still here.
error-notSignedIn = This needs you to be signed in.
    .next = Sign in, then try again.
error-profileUnwritable = The app’s folder on this computer cannot be read or written. ({ $detail })
    .detail = no more is known
    .safe = You can go on, but what is kept on this computer may be missing at the next start.
    .next = Check the folder’s rights and that the disk is writable, then try again.
error-diskFull = The disk is full.
    .safe = What was saved before is still good, and your draft is kept.
    .next = Make some room, then try again.
error-keyringUnavailable = The system’s keyring could not be used.
    .safe = Nothing was changed or deleted.
    .next = Unlock or start the keyring, then try again.
error-storeBroken = The local copy of your rooms could not be opened, so a fresh one has to be made.
    .safe = Your messages are on the server, your drafts are kept, and the old copy was set aside.
    .next = Sign in again; the rooms then fill by themselves.
error-deviceRemovedLater = You are signed out here, but the server was out of reach. This computer is on your account’s list of devices a little longer.
    .safe = What the app kept about you here is removed.
    .next = Nothing to do: the app tells the server as soon as it can.
error-deviceNotRemoved = You are signed out here, but the server could not be told. This computer is still on your account’s list of devices.
    .safe = What the app kept about you here is removed.
    .next = Remove it there with another Matrix app, or on your account’s page.
error-keyNotForgotten = You are signed out, but this computer’s keyring could not be reached. A key of the sign-in is still in it.
    .safe = The key opens nothing any more: what it protected is removed.
    .next = Nothing to do: the app has the key removed at its next start, when the keyring is there.
error-sharedSessionEnded = You were signed out because this shared computer went to sleep.
    .safe = Nothing of your sign-in stays on it. What you had sent is on the server.
    .next = Sign in again to go on.
error-roomNotJoined = You are not in this room any more.
    .next = Join it again under “All rooms”.
error-messageUnsendable = This message is empty or too long.
    .safe = Your text is still in the box.
    .next = Shorten it, or send it in two parts.
    .button = Change the message
error-linkRefused = The app does not open links of this kind: { $detail }
    .detail = unknown
    .next = If you trust it, copy it into your browser yourself.
error-browserFailed = The system could not open { $detail }
    .detail = this link
    .next = Copy the link and paste it into your browser.
error-noAnswer = Galaxy Chat did not get this done in time.
    .safe = Nothing was lost, and everything else can be used meanwhile.
    .next = Try again. If it happens again, close Galaxy Chat and start it once more.

error-internal = Something went wrong that the app did not expect. ({ $detail })
    .detail = no more is known
    .safe = What is kept on this computer was not changed.
    .next = Try again. If it happens again, please report it with the words in brackets.

## Time

in-seconds = { $count ->
    [one] in { $count } second
   *[other] in { $count } seconds
}
in-minutes = { $count ->
    [one] in { $count } minute
   *[other] in { $count } minutes
}
in-no-time = in a moment

