//! Whether the tabs were told the truth.

use std::collections::{HashMap, HashSet};

use annals::{ExpectedRevision, RecordedEvent, model::Refusal};

use crate::{
    diary::{Asked, Attempt, Command, Diary, Outcome},
    log::{Log, matches},
};

/// Holds a diary against the log.
///
/// # Errors
/// Where the two contradict each other.
pub fn judge(diary: &Diary, log: &Log) -> Result<(), String> {
    let (appends, commands) = (diary.appends.borrow(), diary.commands.borrow());
    let mut explained = HashSet::new();
    for asked in appends.iter() {
        explained.extend(asked.ids());
        judge_append(asked, log).map_err(|why| format!("{why}: {asked:?}"))?;
    }
    judge_commands(&commands, log)?;
    let strange = |event: &&RecordedEvent| !explained.contains(&event.id) && number_of(event).is_none();
    if let Some(event) = log.events.iter().find(strange) {
        return Err(format!("nobody has asked for {event:?}"));
    }
    let attempts = appends.iter().flat_map(|asked| &asked.attempts);
    judge_order(attempts.chain(commands.iter().map(|command| &command.attempt)), log)?;
    diary.check_claims(log)
}

fn judge_append(asked: &Asked, log: &Log) -> Result<(), String> {
    let found: Vec<&RecordedEvent> = asked.ids().filter_map(|id| log.find(id)).collect();
    let Some(first) = found.first() else { return judge_absent(asked) };
    if found.len() != asked.ids().count() {
        return Err("an append is stored in part".to_owned());
    }
    if found.windows(2).any(|pair| pair[0].position + 1 != pair[1].position) {
        return Err("an append is torn apart".to_owned());
    }
    if is_nothing(asked) {
        return Err("what was refused is stored".to_owned());
    }
    judge_events(asked, &found)?;
    let before = first.position - 1;
    for write in &asked.writes {
        let revision = log.revision_at(write.stream_id.as_str(), before);
        if !holds(write.expected, revision) {
            return Err(format!("it was stored where {} had {revision} events", write.stream_id.as_str()));
        }
    }
    if let Some(restored) = &asked.restored {
        let newest = log.events.iter().rev().find(|event| event.position <= before).map(|event| event.id);
        let is_there = first.position == restored.position && newest == restored.after;
        if !is_there || found.iter().any(|event| event.recorded_at != restored.recorded_at) {
            return Err(format!("it was put back elsewhere, behind {newest:?}: {first:?}"));
        }
    }
    if let Some(condition) = &asked.condition {
        let broken = log.matching(&condition.fail_if_events_match, condition.after, before);
        if !broken.is_empty() {
            return Err(format!("its condition did not hold where it was stored: {broken:?}"));
        }
    }
    asked.attempts.iter().try_for_each(|attempt| judge_attempt(asked, attempt, &found, log))
}

fn judge_absent(asked: &Asked) -> Result<(), String> {
    match asked.attempts.iter().any(|attempt| matches!(attempt.outcome, Outcome::Stored(_))) {
        true => Err("what was acknowledged is not there".to_owned()),
        false => Ok(()),
    }
}

fn judge_events(asked: &Asked, found: &[&RecordedEvent]) -> Result<(), String> {
    let events = asked.writes.iter().flat_map(|write| write.events.iter().map(move |event| (write, event)));
    for ((write, event), found) in events.zip(found) {
        let is_same = found.stream_id == write.stream_id
            && found.r#type == event.r#type
            && found.data == event.data
            && found.tags == event.tags
            && found.metadata == event.metadata;
        if !is_same {
            return Err(format!("an event was changed, found {found:?}"));
        }
    }
    Ok(())
}

/// Whether no attempt can have stored it.
fn is_nothing(asked: &Asked) -> bool {
    let is_judged = |refused: &&Attempt| {
        // It was judged on the truth: what had ended before was not there, nor could it come.
        let others = asked.attempts.iter().filter(|other| other.asked != refused.asked);
        matches!(refused.outcome, Outcome::Refused(_))
            && others.into_iter().all(|other| {
                other.outcome.is_nothing()
                    || (other.outcome == Outcome::Unknown && other.ended < refused.asked)
            })
    };
    asked.attempts.iter().all(|attempt| attempt.outcome.is_nothing())
        || asked.attempts.iter().any(|one| is_judged(&one))
}

fn judge_attempt(
    asked: &Asked,
    attempt: &Attempt,
    found: &[&RecordedEvent],
    log: &Log,
) -> Result<(), String> {
    let last = found[found.len() - 1];
    match &attempt.outcome {
        Outcome::Stored(result) => {
            let at = |write: &annals::model::Write| log.revision_at(write.stream_id.as_str(), last.position);
            let revisions: Vec<u64> = asked.writes.iter().map(at).collect();
            if result.position != last.position || result.revisions != revisions {
                return Err(format!(
                    "it is at {} with {revisions:?}, answered was {result:?}",
                    last.position
                ));
            }
            if result.recorded_at.is_some_and(|time| time != last.recorded_at) {
                return Err(format!("it was stored at {}, answered was {result:?}", last.recorded_at));
            }
            Ok(())
        }
        Outcome::Refused(Refusal::DuplicateEvent { .. }) => Err("it was taken for another".to_owned()),
        _ => Ok(()),
    }
}

fn holds(expected: ExpectedRevision, revision: u64) -> bool {
    match expected {
        ExpectedRevision::Any => true,
        ExpectedRevision::NoStream => revision == 0,
        ExpectedRevision::Exists => revision > 0,
        ExpectedRevision::Exact(exact) => revision == exact,
    }
}

/// The number under which a command is in the diary, of which an event says that it comes from it.
fn number_of(event: &RecordedEvent) -> Option<usize> {
    let metadata: serde_json::Value = event.metadata.parse().ok()?;
    metadata["number"].as_u64().map(|number| number as usize)
}

fn judge_commands(commands: &[Command], log: &Log) -> Result<(), String> {
    let mut stored: HashMap<usize, Vec<&RecordedEvent>> = HashMap::new();
    for event in &log.events {
        if let Some(number) = number_of(event) {
            stored.entry(number).or_default().push(event);
        }
    }
    let mut carried_out = HashSet::new();
    for (number, command) in commands.iter().enumerate() {
        let found = stored.get(&number).map_or(&[][..], Vec::as_slice);
        judge_command(command, found, log).map_err(|why| format!("{why}: {command:?}, found {found:?}"))?;
        if let (Some(id), false) = (&command.id, found.is_empty())
            && !carried_out.insert(id)
        {
            return Err(format!("command {id} was carried out twice"));
        }
    }
    Ok(())
}

fn judge_command(command: &Command, found: &[&RecordedEvent], log: &Log) -> Result<(), String> {
    if found.windows(2).any(|pair| pair[0].position + 1 != pair[1].position) {
        return Err("what a command made happen is torn apart".to_owned());
    }
    if found.iter().any(|event| event.stream_id.as_str() != command.stream) {
        return Err("it happened elsewhere".to_owned());
    }
    match &command.attempt.outcome {
        // What a command with an id comes to may be what it came to before.
        Outcome::Stored(result) if !command.events.is_empty() => {
            let there: Vec<Option<&RecordedEvent>> =
                command.events.iter().map(|event| log.find(event.id)).collect();
            if !command.events.iter().map(Some).eq(there) {
                return Err("what it was said to make happen is not what is stored".to_owned());
            }
            let is_own = found.iter().copied().eq(&command.events);
            if !result.duplicate && !is_own {
                return Err("more or less is stored of it than it was said to make happen".to_owned());
            }
            Ok(())
        }
        Outcome::Stored(_) | Outcome::Refused(_) | Outcome::Failed if !found.is_empty() => {
            Err("it was said to have made nothing happen".to_owned())
        }
        _ => Ok(()),
    }
}

/// What was asked for after something else was acknowledged comes after it.
fn judge_order<'a>(attempts: impl Iterator<Item = &'a Attempt>, log: &Log) -> Result<(), String> {
    let of = |attempt: &'a Attempt| match &attempt.outcome {
        Outcome::Stored(result) if !result.duplicate && result.position <= log.head() => {
            Some((attempt.asked, attempt.ended, result.position))
        }
        _ => None,
    };
    let mut ended: Vec<(u64, u64, u64)> = attempts.filter_map(of).collect();
    let mut asked = ended.clone();
    ended.sort_unstable_by_key(|(_, ended, _)| *ended);
    asked.sort_unstable();
    let (mut newest, mut next) = (0, ended.iter().peekable());
    for (asked, _, position) in asked {
        while let Some((_, _, before)) = next.next_if(|(_, ended, _)| *ended < asked) {
            newest = newest.max(*before);
        }
        if position < newest {
            return Err(format!("{position} was asked for when {newest} had been acknowledged"));
        }
    }
    Ok(())
}

/// Whether a refused condition was refused rightly.
pub fn judge_condition(log: &Log, condition: &annals::Condition, positions: &[u64]) -> Result<(), String> {
    let is_broken = |position: &u64| {
        *position > condition.after
            && log
                .events
                .get(*position as usize - 1)
                .is_some_and(|event| matches(&condition.fail_if_events_match, event))
    };
    if positions.is_empty() || !positions.iter().all(is_broken) {
        return Err(format!("{condition:?} was said to be broken by {positions:?}"));
    }
    Ok(())
}
