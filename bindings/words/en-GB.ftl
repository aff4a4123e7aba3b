### Everything that the apps say, in the syntax of Project Fluent. "cargo xtask bindings" makes Kotlin and Swift of it.
### A comment above a message names what it is given: a Text, a Count, Bytes, or a type of the bindings, each of whose
### cases has a line of its own.

## Everywhere

back = Back
close = Close
cancel = Cancel
save = Save
delete = Delete
more = More
copy = Copy
edit = Edit
confirm = Confirm
try-again = Try again
one-moment = One moment…
is-on = On
is-off = Off

## The first screens, and notifications

welcome = Messages that only you and your contacts can read. No phone number, no e-mail address, no password at a server.
your-name = Your name
your-name-detail = Your contacts see it. Nobody else does.
relay-link = Link of your relay
relay-link-detail = Whoever runs the relay gives it to you. It begins with tacita.
create-account = Create account
creating-account = Keys are being made and the relay is being asked. This takes a few seconds.
recovery-secret = Your recovery secret
recovery-secret-detail = Whoever has these characters can take your account. Without them, nobody can bring it back if this device is lost: not even we.
recovery-secret-warning = Write them on paper and keep it somewhere safe. They are shown this once and are stored nowhere.
wrote-it-down = I wrote it down
confirm-secret = Is it written down?
confirm-secret-detail = Type these groups from your paper.
# $number (Count)
group-number = Group { $number }
secret-differs = That is not what was shown. Look at your paper again.
show-again = Show the secret again
locked-detail = Your messages are encrypted under your passphrase.
passphrase = Passphrase
unlock = Unlock
wrong-passphrase = That is not the passphrase.
# $seconds (Count)
wrong-passphrase-wait = That is not the passphrase. The next try is possible in { $seconds } s.
forgot-passphrase = I forgot my passphrase
erase-title = Erase everything on this device?
erase-detail = Nobody can open your messages without the passphrase. You can erase them and start anew. Your contacts are not told.
erase-lost-detail = If the key is lost for good, nobody can open your messages again. You can erase them and start anew. Your contacts are not told.
erase-everything = Erase everything
unusable-title = Your messages cannot be opened
messages-channel = Messages
something-came = Something came
connection = Connection
stays-connected = Stays connected

## The list

search = Search
search-messages = Search messages
nothing-found = Nothing found
nothing-found-detail = No message has a word that begins like this.
lock-now = Lock now
settings = Settings
new-contact = New contact
conversations = Conversations
# $count (Count)
requests = Requests ({ $count })
# $count (Count)
archive = Archive ({ $count })
# $filter (ListFilter)
empty-title =
    .requests = No requests
    .archived = The archive is empty
    .main = No conversations yet
    .all = No conversations yet
# $filter (ListFilter)
empty-detail =
    .requests = People who come through your public link appear here. They learn nothing before you accept.
    .archived = Press long on a conversation to put it away.
    .main = Show somebody your code, or open the link that you were given.
    .all = Show somebody your code, or open the link that you were given.
# $waiting (Count)
relay-offline = { $waiting ->
    [0] The relay cannot be reached. It is tried again by itself.
    [one] The relay cannot be reached. One message is kept and leaves by itself.
   *[other] The relay cannot be reached. { $waiting } messages are kept and leave by themselves.
}
relay-wrong-key = What answers at your relay’s address does not hold its key: somebody may stand between. Nothing is sent there. Try another network, or ask the relay’s host.
no-name = No name yet
typing = is writing…
# $text (Text)
draft = Draft: { $text }
wants-to-write = Wants to write to you
waits-for-answer = Invitation accepted, no answer yet
nothing-yet = Nothing written yet
blocked = Blocked
muted = Muted
pinned = Pinned
# $count (Count)
unread = { $count ->
    [one] 1 unread message
   *[other] { $count } unread messages
}
pin = Pin
unpin = Unpin
mute = Mute
unmute = Unmute
put-into-archive = Archive
unarchive = Take out of the archive
accept = Accept
decline = Decline

## A conversation

contact = Contact
verified = Verified
not-verified = Not verified
alarm-short = Keys do not fit: check
# $name (Text)
alarm = What is known of { $name }’s keys is contradicted: somebody may stand between you. Compare safety numbers before you write on.
waits-for-answer-detail = You accepted the invitation. What you write is kept by the relay until the other side comes online.
# $name (Text)
has-left = { $name } has deleted the account. What was said stays; nothing more can be sent.
retry-now = Try now
no-messages = No messages yet
no-messages-detail = What you write here is encrypted before it leaves this device.
to-newest = To the newest message
new-messages = New messages
from-you = From you
from-them = From your contact
missing = A message is missing
missing-detail = It was sent and has not come. Should it come, it appears here.
# $count (Count)
undecryptable = { $count ->
    [one] A message could not be opened
   *[other] { $count } messages could not be opened
}
# $cause (UndecryptableCause)
undecryptable-cause =
    .no-key = No key of this device opens it.
    .logs-contradict = The contact’s devices contradict what is known. Compare safety numbers.
# $repair (Repair)
repair =
    .not-asked = If this stays so, invite the contact again.
    .asked = A new connection was begun; it is repaired when the contact answers.
    .done = Repaired: what was lost is sent again.
needs-newer-version = This message needs a newer version
needs-newer-version-detail = Update the app to see it.
damaged = This message is damaged
damaged-detail = It was sent damaged. Ask for it again.
dont-send = Don’t send
delete-here = Delete here
editing = Edit message
message = Message
send = Send
# $name (Text)
request-detail = { $name } came through your public link. Accept to write with each other. Declining tells them nothing.
# $name (Text)
blocked-detail = You have blocked { $name }.
unblock = Unblock
# $delivery (Delivery)
delivery =
    .received = Received
    .queued = Not sent yet
    .waiting = Not sent yet
    .sent = Sent
    .delivered = Delivered
    .read = Read
# $reason (QueueReason)
queue-reason =
    .sending = On its way.
    .offline = The contact’s relay cannot be reached. Your message leaves by itself when it can.
    .wrong-relay-key = What answers at the contact’s relay does not hold its key: somebody may stand between. Nothing is sent. Try another network, or invite the contact again.
    .relay-misbehaves = The contact’s relay answers what no relay should. It is tried again; tell its host.
    .relay-version = The contact’s relay does not take messages of this version. Update the app.
    .full = The contact’s mailbox is full. Your message leaves when there is room.
    .contact-unreachable = The contact’s mailbox does not exist any more. Wait for news, or invite the contact again.
    .refused = The relay refuses this message. Send it anew as another one.
    .waiting-for-contact = The contact has to answer first; then it leaves by itself.
    .behind-earlier = It follows the message before it.
    .keys-damaged = What this device keeps of the contact cannot be read. If it stays so, invite the contact again.
    .blocked = You have blocked the contact.
    .contact-left = The contact has deleted the account.
    .request-expired = Nobody answered for 64 days. Ask the contact for a new invitation.

## A contact

# $name (Text)
calls-themselves = Calls themselves { $name }
nickname = Nickname
nickname-detail = A name that only you see.
safety-number = Safety number
# $verification (Verification)
verification =
    .unverified = Not compared yet
    .verified = Compared and equal
    .alarm = Contradicted: compare now
# $name (Text)
safety-number-detail = Meet { $name } and scan each other’s code, or compare the digits. If they are equal, nobody stands between you.
# $name (Text)
verified-detail = You have compared this number with { $name }, and nothing speaks against it since.
# $name (Text)
alarm-detail = Something contradicts this number: somebody may stand between you and { $name }. Compare it in person. If you go on without, the contact counts as not verified.
dismiss-alarm = Go on all the same
# $name (Text)
safety-code = Code of your safety number with { $name }
scan-their-code = Scan their code
mark-verified = The digits are equal
mark-unverified = Take verification back
conversation = Conversation
muted-detail = Makes no sound
archived = Archived
archived-detail = Put away until a message comes
export = Export
export-detail = Writes the messages into files that anybody can read
# $folder (Text)
export-warning = The files are not encrypted: whoever gets them can read everything. They are written into { $folder }.
# $folder (Text)
exported = Written to { $folder }. Delete it when it has served.
block-detail = Nothing from them arrives. They are not told.
delete-contact = Delete contact and messages
# $name (Text)
delete-contact-title = Delete { $name }?
delete-contact-detail = Messages and keys are erased on this device. The contact keeps theirs and is not told.

## New contacts

invite-tab = Show my code
accept-tab = I have a link
invite-person = Invite one person
invite-person-detail = Works once. Give it to nobody else.
invite-public = Public link
invite-public-detail = Anybody who has it can ask to write to you. You decide each time.
invitations = Invitations
# $count (Count)
invitations-detail = { $count ->
    [one] You have made one
   *[other] You have made { $count }
}
invitations-short = Show again or take back
invitations-explained = Taking an invitation back kills its link. Who came through it stays your contact.
no-invitations = You have made no invitations.
# $kind (InvitationKind)
invitation-kind =
    .personal = For one person
    .public = Public link
# $state (InvitationState)
personal-state =
    .publishing = On its way to the relay; it works in a moment
    .live = Let one person scan it, or send the link
    .used = Used
# $state (InvitationState)
public-state =
    .publishing = On its way to the relay; it works in a moment
    .live = Works for everybody who has it
    .used = Used
invitation-code = Code of your invitation
copy-link = Copy link
share-link = Share
revoke = Take back
revoke-title = Take this invitation back?
revoke-detail = Its link stops working. Who came through it stays your contact.
revocation-queued = The relay cannot be reached: the link dies as soon as it can. Nobody comes in by it from now on.
accept-detail = Paste the link that you were given, or scan the code on the other screen.
invitation-link = Invitation link
paste = Paste
scan-code = Scan code
own-invitation = This is your own invitation. Give it to somebody else.
known-contact = You have a conversation with this account already.
open-conversation = Open it
# $relay (Text)
asks-relay = If you accept, the relay at { $relay } is asked. It sees your IP address.
accept-invitation = Accept invitation

## Settings

profile = Profile
profile-detail = Name and picture
profile-explained = Your contacts are told one by one, over an hour or more, so that the relay cannot see who belongs together. Nobody else is told.
choose-picture = Choose picture
remove-picture = Remove
privacy = Privacy
privacy-detail = What your contacts are told
read-receipts = Read receipts
read-receipts-detail = Contacts learn what you have read. Off, you do not learn it of them either.
delivery-receipts = Delivery receipts
delivery-receipts-detail = Contacts learn at once that a message has come, and so roughly when you are online. Off, they learn it hours later.
typing-indicator = Typing indicator
typing-indicator-detail = Contacts see that you are writing. Off, you do not see it of them either.
secure-screen = Hide the screen
secure-screen-detail = No screenshots, and nothing in the list of recent apps.
app-lock = App lock
app-lock-detail = The passphrase is asked for when the app starts. It encrypts your messages and is stored nowhere: if you forget it, they are lost.
current-passphrase = Current passphrase
new-passphrase = New passphrase
new-passphrase-again = New passphrase, again
passphrases-differ = The two are not the same.
set-passphrase = Set passphrase
change-passphrase = Change passphrase
remove-passphrase = Remove passphrase
storage = Storage
store-is-checked = The app did not end cleanly last time. Your messages are being checked; you can go on meanwhile.
# $count (Count)
messages-stored = { $count ->
    [one] One message is stored.
   *[other] { $count } messages are stored.
}
# $bytes (Bytes)
disk-free = { $bytes } are free on this device.
stored-messages = Messages
stored-index = Search
stored-pictures = Pictures
stored-other = Keys and queue
stored-free = Free within
clean-up = Clean up
# $months (Count)
older-than = { $months ->
    [one] Older than a month
   *[other] Older than { $months } months
}
clean-up-title = Delete old messages?
# $months (Count)
clean-up-detail = Everything stored more than { $months ->
    [one] a month
   *[other] { $months } months
} ago is deleted on this device, for good. Your contacts keep theirs.
# $count (Count)
cleaned = { $count } deleted so far.
# $bytes (Bytes)
shrinking = { $bytes } are still to be given back to this device.
relays = Relays
your-relay = Your relay
# $state (RelayState)
relay-state =
    .connecting = Connecting
    .online = Connected
    .offline = Not reachable
    .wrong-key = Wrong key: nothing is sent
stay-connected = Stay connected
stay-connected-detail = Messages come at once, also while the app is closed. It takes some battery, and a notification stands as long as it is on.
relay-sees = While you are connected, whoever runs a relay can see your IP address, when you are online, and which mailboxes your device reads and writes, hence a graph of connections.
relay-does-not-see = A relay cannot see what you write, your name, your contacts’ names or their number. What it stores links nothing: ids without meaning, sizes in steps, times by the hour.
about = About Tacita
# $version (Text)
version = Version { $version }
about-detail = Named after the Roman goddess of silence. Everything is encrypted on your devices, and there is no key for anybody else: not for whoever runs the relay, and not for us. Open source, under MIT or Apache 2.0.
delete-account = Delete account
delete-account-title = Delete your account for good?
delete-account-detail = Your contacts are told that you have left. Relays delete what they hold of you. Messages and keys on this device are erased. This cannot be undone.
deletion-queued = A relay could not be asked yet. It is tried again while the app is open. You can erase this device now; what the relay holds goes after 30 days.

## What went wrong, and what to do next

# $problem (ClientError)
# $limit (Count)
# $retry-after (Count)
problem =
    .no-account = There is no account here. Create one first.
    .account-exists = There is an account here already.
    .not-found = It is not there any more.
    .text-length = The text is too long. At most { $limit } bytes fit; split it up.
    .name-length = The name is empty or too long. Choose another.
    .name-characters = The name has characters that are no part of writing. Take them out.
    .picture-length = The picture is too large. Choose a smaller one.
    .unknown-picture-format = The picture is no JPEG, PNG or WebP file.
    .too-many-screens = Too many screens are open. Close some.
    .wrong-state = That is not possible any more. Look again.
    .too-late = It is encrypted already and leaves. Send another message.
    .export-exists = There is such a folder already. Move it away, then try again.
    .export-failed = The files could not be written. Choose another folder.
    .link-damaged = The link is cut or altered. Ask for it again, as a whole.
    .link-foreign = That is no link or code of the kind that is wanted here.
    .link-too-new = The link is of a newer version. Update the app.
    .own-invitation = This is your own invitation. Give it to somebody else.
    .invitation-gone = The invitation was taken back, used or has run out. Ask for a new one.
    .invitation-forged = The invitation is not signed by the account that it names. Do not use it; ask its sender in another way.
    .check-your-clock = This device’s clock is wrong by more than two days. Set it, then try again.
    .offline = The relay cannot be reached. Look at your connection and try again.
    .relay-busy = The relay has no room or no time now. Try again in { $retry-after } s; nothing is lost.
    .relay-refused = The relay does not take this link any more. Ask its host for the current one.
    .wrong-relay-key = What answers at the relay’s address does not hold its key: somebody may stand between. Compare the link with the relay’s host.
    .relay-misbehaved = The relay answers what no relay should. Tell its host, and try again later.
    .store-busy = Another process has these messages open. Close it there.
    .wrong-key = This device’s key does not open the messages. Nothing was changed or deleted; restore the key if it was replaced.
    .vault-failed = The device’s key store refuses. Unlock the device, then try again.
    .store-corrupt = The messages were damaged and have been put aside. Try again to start anew.
    .store-foreign = The messages are of a newer version. Update the app.
    .disk-full = The disk is full. Free some space, then try again.
    .store-failed = Reading or writing failed. Try again.
    .row-damaged = Part of what is stored cannot be read. If it is a contact’s, delete it and invite the contact again.
    .test-vault-refused = This build does not take a test key.
    .inbox-busy = Another process looks for messages.
    .inbox-missing = There is no inbox yet. Open the app once.
    .app-locked = The app is locked. Type the current passphrase.
    .wrong-passphrase = That is not the current passphrase.
    .too-many-tries = Too many wrong tries. Wait { $retry-after } s.
    .passphrase-length = The passphrase is too short or too long. Choose another.
    .passphrase-too-costly = There is not enough memory. Close other apps and try again.
    .closed = The app has to be opened again.
    .reopen = The app has to be opened again.
