//! Random histories of one device: what screens were told adds up to what there is, and unread counts are right.

use std::collections::BTreeMap;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use tacita_wire::Refusal;

use super::world::{Delivers, World};
use crate::client::effect::Effect;
use crate::client::input::NetFailure;
use crate::client::screens::ScreenId;
use crate::client::view::{
    ConversationId, ConversationState, ConversationView, Direction, InvitationKind, ListCounts,
    ListFilter, MessageBody, MessageUpdate, MessageView, PrivacySettings, WindowMove, WindowOf,
    WindowStart,
};

const SEEDS: u64 = 24;
const STEPS: usize = 250;
const GUESTS: usize = 5;

/// A list as an app holds it that only ever applies what it is told.
struct List {
    filter: ListFilter,
    seen: u64,
    rows: Vec<ConversationView>,
    counts: ListCounts,
}

/// A window of a conversation, likewise.
struct Window {
    of: WindowOf,
    seen: u64,
    rows: Vec<MessageView>,
    last: Option<MessageUpdate>,
}

struct History {
    world: World,
    chance: ChaCha20Rng,
    host: usize,
    /// Who, and what it calls the host.
    guests: Vec<(usize, ConversationId)>,
    /// How far the host has read, by what it calls the other.
    read: BTreeMap<ConversationId, u64>,
    lists: Vec<List>,
    windows: Vec<Window>,
    texts: u32,
    /// Whether those who wait for changes were woken since the last look.
    is_woken: bool,
}

impl History {
    fn new(seed: u64) -> Self {
        let mut world = World::new(2);
        let host = world.add("Ada", 0);
        let mut guests = Vec::new();
        for n in 0..GUESTS {
            // The last two come by a public link: they are requests.
            let kind = if n < GUESTS - 2 {
                InvitationKind::Personal
            } else {
                InvitationKind::Public
            };
            let guest = world.add(&format!("guest {n}"), n % 2);
            let link = world.invite(host, kind);
            let to_host = world.accept(guest, &link).unwrap();
            world.run();
            guests.push((guest, to_host));
        }
        let filters = [
            ListFilter::All,
            ListFilter::Main,
            ListFilter::Archived,
            ListFilter::Requests,
        ];
        let list = |filter| List {
            filter,
            seen: 0,
            rows: Vec::new(),
            counts: ListCounts::default(),
        };
        let window = |id, limit| Window {
            of: WindowOf {
                id,
                start: WindowStart::Newest,
                limit,
            },
            seen: 0,
            rows: Vec::new(),
            last: None,
        };
        let ids: Vec<_> = guests.iter().map(|(who, _)| world.id_of(*who)).collect();
        Self {
            lists: filters.map(list).into(),
            windows: vec![
                window(ids[0], 5),
                window(ids[1], 50),
                window(ids[GUESTS - 1], 3),
            ],
            world,
            chance: ChaCha20Rng::seed_from_u64(seed),
            host,
            guests,
            read: BTreeMap::new(),
            texts: 0,
            is_woken: true,
        }
    }

    fn draw(&mut self, below: u64) -> u64 {
        self.chance.next_u64() % below
    }

    fn flip(&mut self) -> bool {
        self.draw(2) == 0
    }

    /// A conversation of the host's, if it still has any.
    fn draw_conversation(&mut self) -> Option<ConversationView> {
        let mut all = self.fresh();
        let at = self.draw(all.len().max(1) as u64) as usize;
        (!all.is_empty()).then(|| all.swap_remove(at))
    }

    fn fresh(&self) -> Vec<ConversationView> {
        self.world.devices[self.host]
            .engine
            .conversations()
            .unwrap()
    }

    fn guest_sends(&mut self) {
        let at = self.draw(GUESTS as u64) as usize;
        let (guest, to_host) = self.guests[at];
        for _ in 0..=self.draw(4) {
            self.texts += 1;
            let text = format!("{}", self.texts);
            // One who was deleted may have been told nothing of it, and writes on.
            let _ = self.world.with(guest, |engine, now, rng| {
                engine.send_text(to_host, &text, now, rng)
            });
        }
    }

    fn host_sends(&mut self) {
        let Some(line) = self.draw_conversation() else {
            return;
        };
        let _ = self.world.with(self.host, |engine, now, rng| {
            engine.send_text(line.id, "an answer", now, rng)
        });
    }

    fn reads(&mut self) {
        let Some(line) = self.draw_conversation() else {
            return;
        };
        let all = self.world.all(self.host, line.id);
        if all.is_empty() {
            return;
        }
        let place = all[self.draw(all.len() as u64) as usize].place;
        self.world
            .with(self.host, |engine, now, rng| {
                engine.mark_read(line.id, place, now, rng)
            })
            .unwrap();
        let mark = self.read.entry(line.id).or_default();
        *mark = place.max(*mark);
    }

    fn arranges(&mut self) {
        let Some(line) = self.draw_conversation() else {
            return;
        };
        let (what, is_on, ms) = (self.draw(6), self.flip(), self.draw(60_000));
        let now = self.world.now;
        let engine = &mut self.world.devices[self.host].engine;
        let id = line.id;
        match what {
            0 => engine.set_pinned(id, is_on),
            1 => engine.set_archived(id, is_on),
            2 => engine.set_muted(id, is_on.then_some(now.ms + ms), now),
            3 => engine.set_blocked(id, is_on),
            4 => engine.set_nickname(id, if is_on { "nick" } else { "" }),
            _ => engine.save_draft(id, if is_on { "half a" } else { "" }),
        }
        .unwrap();
    }

    fn answers_request(&mut self) {
        let mut all = self.fresh().into_iter();
        let Some(line) = all.rfind(|line| line.state == ConversationState::Request) else {
            return;
        };
        let accepts = self.draw(3) > 0;
        if !accepts {
            self.read.remove(&line.id);
        }
        self.world
            .with(self.host, |engine, now, rng| {
                if accepts {
                    engine.accept_request(line.id, now, rng)
                } else {
                    engine.decline_request(line.id, now, rng)
                }
            })
            .unwrap();
    }

    fn deletes(&mut self) {
        let Some(line) = self.draw_conversation() else {
            return;
        };
        self.world
            .with(self.host, |engine, now, rng| {
                engine.delete_conversation(line.id, now, rng)
            })
            .unwrap();
        self.read.remove(&line.id);
        // They meet again by another invitation.
        let Some(at) = (0..GUESTS).find(|at| self.world.id_of(self.guests[*at].0) == line.id)
        else {
            return;
        };
        let link = self.world.devices[self.host].failure.is_none().then(|| {
            let host = self.host;
            self.world.invite(host, InvitationKind::Personal)
        });
        if let Some(link) = link {
            let (guest, _) = self.guests[at];
            let _ = self.world.with(guest, |engine, now, rng| {
                engine.accept_invitation(&link, now, rng)
            });
        }
    }

    fn trouble(&mut self) {
        let at = self.draw(1 + GUESTS as u64) as usize;
        let who = self.guests.get(at).map_or(self.host, |(guest, _)| *guest);
        match self.draw(6) {
            0 => {
                let device = &mut self.world.devices[who];
                device.failure = match device.failure {
                    Some(_) => None,
                    None => Some(NetFailure::Unreachable),
                };
            }
            1 => {
                let ways = [Delivers::InOrder, Delivers::Twice, Delivers::Backwards];
                let way = ways[self.draw(3) as usize];
                self.world.devices[who].delivers = way;
            }
            2 => {
                let every = 3 + self.draw(6);
                let drops = &mut self.world.relays[0].1.drops_every;
                *drops = drops.is_none().then_some(every);
            }
            3 => {
                let refuses = [
                    None,
                    Some(Refusal::MailboxFull),
                    Some(Refusal::RelayFull { retry_after: 20 }),
                ];
                let refusal = refuses[self.draw(3) as usize];
                self.world.relays[1].1.refuses_writes = refusal;
            }
            4 => {
                let settings = PrivacySettings {
                    delivery_receipts: true,
                    read_receipts: self.flip(),
                    typing: self.flip(),
                };
                let host = self.host;
                self.world
                    .with(host, |engine, now, rng| {
                        engine.set_privacy_settings(settings, now, rng)
                    })
                    .unwrap();
            }
            _ => {
                let host = self.host;
                self.world.restart(host);
                // Whoever waited was told that it is over.
                self.world.devices[host].changed = true;
            }
        }
    }

    fn step(&mut self) {
        match self.draw(100) {
            0..25 => self.guest_sends(),
            25..35 => self.host_sends(),
            35..55 => self.world.run_for(300),
            55..62 => {
                let ms = self.draw(40_000);
                self.world.run_for(ms);
            }
            62..74 => self.reads(),
            74..84 => self.arranges(),
            84..88 => {
                let at = self.draw(GUESTS as u64) as usize;
                let (guest, to_host) = self.guests[at];
                let writing = self.draw(4) > 0;
                let _ = self.world.with(guest, |engine, now, rng| {
                    engine.set_typing(to_host, writing, now, rng)
                });
            }
            88..90 => self.answers_request(),
            90..91 => self.deletes(),
            91..96 => self.trouble(),
            _ => self.moves_window(),
        }
    }

    fn moves_window(&mut self) {
        let at = self.draw(self.windows.len() as u64) as usize;
        let of = self.windows[at].of;
        let by = match self.draw(5) {
            0 => WindowMove::Older { count: 4 },
            1 => WindowMove::Newer { count: 4 },
            2 => WindowMove::To {
                start: WindowStart::Newest,
            },
            3 => WindowMove::To {
                start: WindowStart::FirstUnread,
            },
            _ => {
                let place = self.draw(40);
                WindowMove::To {
                    start: WindowStart::Around { place },
                }
            }
        };
        let engine = &mut self.world.devices[self.host].engine;
        // It may be deleted.
        let _ = engine.move_window(ScreenId(10 + at as u64), of, by);
    }

    /// Whether an update comes to nobody: its caller was cancelled.
    fn is_lost(&mut self) -> bool {
        self.draw(4) == 0
    }

    fn check(&mut self) {
        let device = &mut self.world.devices[self.host];
        let is_told = |effect: &Effect| matches!(effect, Effect::Changed);
        self.is_woken =
            std::mem::take(&mut device.changed) || device.engine.effects.iter().any(is_told);
        self.check_lists();
        self.check_windows();
    }

    fn check_lists(&mut self) {
        let fresh = self.fresh();
        for at in 0..self.lists.len() {
            loop {
                let List { filter, seen, .. } = self.lists[at];
                let engine = &mut self.world.devices[self.host].engine;
                let update = engine.next_list(ScreenId(at as u64), filter, seen).unwrap();
                let Some(update) = update else { break };
                assert!(self.is_woken, "nobody was woken for {update:?}");
                if self.is_lost() {
                    continue;
                }
                let list = &mut self.lists[at];
                update.apply(&mut list.rows);
                list.counts = update.counts;
                list.seen = update.number;
            }
            let list = &self.lists[at];
            let shown = |line: &&ConversationView| {
                let is_request = line.state == ConversationState::Request;
                match list.filter {
                    ListFilter::All => true,
                    ListFilter::Main => !line.archived && !is_request,
                    ListFilter::Archived => line.archived && !is_request,
                    ListFilter::Requests => is_request,
                }
            };
            let expected: Vec<_> = fresh.iter().filter(shown).cloned().collect();
            assert_eq!(list.rows, expected, "{:?}", list.filter);
            assert_eq!(list.counts, count(&fresh));
        }
        for line in &fresh {
            assert_eq!(line.unread, self.unread(line.id), "{:?}", line.id);
        }
    }

    /// Counted one by one.
    fn unread(&self, id: ConversationId) -> u32 {
        let mark = self.read.get(&id).copied().unwrap_or(0);
        let all = self.world.all(self.host, id).into_iter();
        let unread = all.filter(|row| {
            row.direction == Direction::Incoming
                && row.place > mark
                && row.body != MessageBody::Missing
        });
        unread.count() as u32
    }

    fn check_windows(&mut self) {
        let fresh = self.fresh();
        for at in 0..self.windows.len() {
            let of = self.windows[at].of;
            let line = fresh.iter().find(|line| line.id == of.id);
            loop {
                let seen = self.windows[at].seen;
                let engine = &mut self.world.devices[self.host].engine;
                let update = engine.next_messages(ScreenId(10 + at as u64), of, seen);
                if line.is_none() {
                    assert!(update.is_err());
                    break;
                }
                let Some(update) = update.unwrap() else { break };
                assert!(self.is_woken, "nobody was woken for {update:?}");
                if self.is_lost() {
                    continue;
                }
                let window = &mut self.windows[at];
                update.apply(&mut window.rows);
                window.seen = update.number;
                window.last = Some(update);
            }
            let (Some(line), window) = (line, &self.windows[at]) else {
                continue;
            };
            let last = window.last.as_ref().unwrap();
            assert_eq!(&last.conversation, line);
            let all = self.world.all(self.host, of.id);
            let unread = all.iter().find(|row| {
                row.direction == Direction::Incoming
                    && row.place > self.read.get(&of.id).copied().unwrap_or(0)
                    && row.body != MessageBody::Missing
            });
            assert_eq!(last.first_unread, unread.map(|row| row.place));
            let from = match window.rows.first() {
                Some(first) => all.iter().position(|row| row.place == first.place).unwrap(),
                None => all.len(),
            };
            let to = from + window.rows.len();
            assert_eq!(window.rows, all[from..to]);
            if !last.older {
                assert_eq!(from, 0);
            }
            if !last.newer {
                assert_eq!(to, all.len());
            }
            assert!(last.older || last.newer || all.len() == window.rows.len());
        }
    }
}

/// The counts as an app would make them of all lines.
fn count(all: &[ConversationView]) -> ListCounts {
    let (requests, known): (Vec<_>, Vec<_>) = all
        .iter()
        .partition(|line| line.state == ConversationState::Request);
    let (archived, main): (Vec<_>, Vec<_>) = known.into_iter().partition(|line| line.archived);
    let is_loud = |line: &&&ConversationView| !line.blocked && line.muted_until_ms.is_none();
    ListCounts {
        unread: main.iter().filter(is_loud).map(|line| line.unread).sum(),
        archived: archived.len() as u32,
        archived_unread: archived.iter().filter(|line| line.unread > 0).count() as u32,
        requests: requests.len() as u32,
    }
}

/// Says which seed failed.
struct Seed(u64, usize);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the seed that failed: {}, at step {}", self.0, self.1);
        }
    }
}

#[test]
fn what_screens_were_told_adds_up_to_what_there_is() {
    for number in 0..SEEDS {
        let mut seed = Seed(number, 0);
        let mut history = History::new(number);
        for step in 0..STEPS {
            seed.1 = step;
            history.step();
            if history.flip() {
                history.check();
            }
        }
    }
}
