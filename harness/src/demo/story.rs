//! What happens in the demo, and what it leaves: each one's view, the relay's holdings, the timeline.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::json;

use super::panel::{self, Panel};
use super::{PEOPLE, Person};
use crate::driver::lock;
use crate::exam;
use crate::kill::befriend;
use crate::language::{AgentCommand, Language};
use crate::stage::{Stage, wait_for};
use crate::traffic::{Lookers, send_one, settle};
use crate::views::{self, Message};

/// Everything that is shown.
pub struct Told {
    /// What each person sees.
    pub phones: Vec<Phone>,
    /// What the relay had while Sara was away.
    pub panel: Panel,
    /// What happened, in order.
    pub timeline: Vec<Moment>,
    /// What was left out.
    pub notes: Vec<String>,
    /// How many messages came, each once and in order.
    pub messages: u64,
    /// How many canaries the exam searched for.
    pub canaries: usize,
    /// How long it all took.
    pub took: Duration,
}

/// One person's client.
pub struct Phone {
    /// Whose.
    pub name: &'static str,
    /// What the client is really written in.
    pub language: Language,
    /// A thread for each contact.
    pub threads: Vec<Thread>,
}

/// One conversation as one side sees it.
pub struct Thread {
    /// The name that the other side gave.
    pub with: String,
    /// Whether the safety number was compared.
    pub verification: String,
    /// The 60 digits.
    pub digits: String,
    /// From the first to the last.
    pub messages: Vec<Message>,
}

/// One thing that happened.
pub struct Moment {
    /// When, from the start.
    pub at: Duration,
    /// What.
    pub text: String,
    /// Of what kind.
    pub kind: MomentKind,
}

/// Good, bad or neither.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum MomentKind {
    /// A step of the story.
    Step,
    /// The relay dies.
    Kill,
    /// It is back.
    Back,
    /// The end.
    Good,
}

const BEFORE: &[(&str, &str, &str)] = &[
    (
        "rosa",
        "kenji",
        "Saturday works! Are you bringing the telescope?",
    ),
    ("kenji", "rosa", "はい 🔭 And the big thermos."),
    (
        "kenji",
        "sara",
        "Rosa said yes. Mira still suspects nothing.",
    ),
    (
        "sara",
        "kenji",
        "Wonderful. I'll drive, there is room for five.",
    ),
    ("sara", "rosa", "Is the hut still free on Saturday?"),
    (
        "rosa",
        "sara",
        "Booked it this morning. The key is under the third stone.",
    ),
];

const WHILE_DEAD: &[(&str, &str, &str)] = &[
    (
        "rosa",
        "kenji",
        "Is it just me, or is nothing going through?",
    ),
    ("sara", "rosa", "مرحبا؟ Hello, hello?"),
    (
        "kenji",
        "sara",
        "It says \"queued\", so I will just keep writing.",
    ),
];

const AFTER: &[(&str, &str, &str)] = &[
    ("kenji", "rosa", "There it is, all of it, and in order."),
    (
        "sara",
        "rosa",
        "I can hear you again. Off we drive, tunnel ahead.",
    ),
];

const WHILE_AWAY: &[(&str, &str, &str)] = &[
    (
        "rosa",
        "sara",
        "You must be in the tunnel by now. Seven o'clock at the hut?",
    ),
    (
        "kenji",
        "sara",
        "And bring a jumper, it gets cold up there.",
    ),
];

const AT_LAST: &[(&str, &str, &str)] = &[
    ("sara", "rosa", "Out of the tunnel 🚗 Seven it is."),
    ("sara", "kenji", "Two jumpers packed."),
    (
        "rosa",
        "kenji",
        "Clear skies on Saturday. And nobody else knows. 🤫",
    ),
];

struct Teller {
    stage: std::sync::Arc<Stage>,
    started: Instant,
    timeline: Vec<Moment>,
}

/// Plays the story.
///
/// # Errors
/// When something is not as promised.
pub fn tell(directory: &Path, relay: &Path, cast: &BTreeMap<String, AgentCommand>) -> Result<Told> {
    let started = Instant::now();
    let names = PEOPLE
        .iter()
        .map(|p| (p.role.to_owned(), p.name.to_owned()));
    let stage = Stage::set_up_named(directory, relay, cast, &names.collect())?;
    let mut teller = Teller {
        stage: std::sync::Arc::clone(&stage),
        started,
        timeline: Vec::new(),
    };
    let lookers = Lookers::start(&stage);
    let played = teller.play();
    lookers.end();
    let panel = played?;
    for (role, actor) in &stage.actors {
        if let Some(violation) = actor.observed().1.first() {
            bail!("{role} changed what it had shown: {violation}");
        }
    }
    exam::examine(&stage).context("the insider exam")?;
    let canaries = lock(&stage.canaries).patterns()?.len();
    teller.note(
        MomentKind::Good,
        "The insider exam reads all that the relay holds and finds nothing",
    );
    let phones = PEOPLE
        .iter()
        .map(|person| phone(&stage, person))
        .collect::<Result<_>>()?;
    for actor in stage.actors.values() {
        actor.stop();
    }
    Ok(Told {
        phones,
        panel,
        timeline: teller.timeline,
        notes: Vec::new(),
        messages: stage.acknowledged(),
        canaries,
        took: started.elapsed(),
    })
}

impl Teller {
    fn note(&mut self, kind: MomentKind, text: &str) {
        self.timeline.push(Moment {
            at: self.started.elapsed(),
            text: text.to_owned(),
            kind,
        });
        eprintln!("{:6.2} s  {text}", self.started.elapsed().as_secs_f32());
    }

    fn play(&mut self) -> Result<Panel> {
        self.note(
            MomentKind::Step,
            "The relay is up; three accounts are made, without number, mail or password",
        );
        for (inviter, guest) in [("rosa", "kenji"), ("kenji", "sara"), ("sara", "rosa")] {
            befriend(&self.stage, inviter, guest)?;
        }
        self.note(
            MomentKind::Step,
            "Each invites another: three conversations",
        );
        for (a, b) in [("rosa", "kenji"), ("kenji", "sara"), ("sara", "rosa")] {
            self.verify(a, b)?;
        }
        self.note(MomentKind::Step, "They compare safety numbers, in pairs");
        self.converse(BEFORE)?;
        self.note(MomentKind::Step, "They talk");
        self.stage.relay.kill();
        self.note(MomentKind::Kill, "The relay is killed (SIGKILL)");
        self.say(WHILE_DEAD)?;
        self.note(
            MomentKind::Step,
            "They go on writing; their messages wait on their devices",
        );
        // Long enough to see on the timeline.
        std::thread::sleep(Duration::from_millis(700));
        self.stage.relay.start()?;
        self.note(MomentKind::Back, "The relay is back");
        self.settle()?;
        self.note(MomentKind::Good, "Everything has come: each once, in order");
        self.converse(AFTER)?;
        self.stage.actor("sara")?.stop();
        self.say(WHILE_AWAY)?;
        self.wait_sent("rosa", "sara")?;
        self.wait_sent("kenji", "sara")?;
        self.note(
            MomentKind::Step,
            "Sara is away; the relay is seized as it is now, with messages for her in it",
        );
        let panel = panel::seize(&self.stage)?;
        self.stage.actor("sara")?.start()?;
        self.converse(AT_LAST)?;
        self.note(MomentKind::Good, "Sara is back, and has missed nothing");
        Ok(panel)
    }

    /// Each line is read before the next one is written.
    fn converse(&self, lines: &[(&str, &str, &str)]) -> Result<()> {
        for line in lines {
            self.say(std::slice::from_ref(line))?;
            self.settle()?;
        }
        Ok(())
    }

    fn say(&self, lines: &[(&str, &str, &str)]) -> Result<()> {
        for (from, to, text) in lines {
            lock(&self.stage.canaries).text("a text", text);
            if !send_one(&self.stage, from, to, text)? {
                bail!("{from} could not write");
            }
        }
        Ok(())
    }

    fn settle(&self) -> Result<()> {
        settle(&self.stage, Duration::from_secs(60))
    }

    fn wait_sent(&self, from: &str, to: &str) -> Result<()> {
        let peer = self.stage.actor(to)?.account()?;
        let agent = &self.stage.actor(from)?.agent;
        wait_for(
            "a message to get to the relay",
            Duration::from_secs(30),
            || {
                let page = agent.messages_before(peer, None, 5)?;
                let newest = page.messages.iter().rev().find(|message| !message.incoming);
                Ok(newest
                    .is_some_and(|message| message.delivery == "Sent")
                    .then_some(()))
            },
        )
    }

    fn verify(&self, a: &str, b: &str) -> Result<()> {
        let ours = safety_number(&self.stage, a, b)?;
        let theirs = safety_number(&self.stage, b, a)?;
        if ours != theirs {
            bail!("the safety numbers of {a} and {b} differ");
        }
        lock(&self.stage.canaries).text("a safety number", &ours);
        for (role, peer) in [(a, b), (b, a)] {
            let id = self.stage.actor(peer)?.account()?;
            let arguments = json!({"id": id, "verified": true});
            self.stage
                .actor(role)?
                .agent
                .call("mark_verified", arguments)?;
        }
        Ok(())
    }
}

fn safety_number(stage: &Stage, role: &str, peer: &str) -> Result<String> {
    let id = stage.actor(peer)?.account()?;
    let view = stage
        .actor(role)?
        .agent
        .call("safety_number", json!({"id": id}))?;
    views::text(&view, "digits")
}

fn phone(stage: &Stage, person: &Person) -> Result<Phone> {
    let actor = stage.actor(person.role)?;
    let mut threads = Vec::new();
    for peer in PEOPLE.iter().filter(|peer| peer.role != person.role) {
        let account = stage.actor(peer.role)?.account()?;
        let line = actor
            .conversation(account)?
            .with_context(|| format!("{} does not know {}", person.name, peer.name))?;
        threads.push(Thread {
            with: line.name,
            verification: line.verification,
            digits: safety_number(stage, person.role, peer.role)?,
            messages: actor.all_messages(account)?,
        });
    }
    Ok(Phone {
        name: person.name,
        language: actor.agent.command().language,
        threads,
    })
}
