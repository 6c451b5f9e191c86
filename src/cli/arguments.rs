//! What the program is told.

use std::path::PathBuf;

use annals::{Query, QueryItem};
use clap::{Args, Parser, Subcommand};

/// Export, import and look at stores of annals that are kept in files.
#[derive(Parser)]
#[command(version, after_help = EXAMPLES, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  annals export shop.annals shop.jsonl           a backup
  annals import copy.annals shop.jsonl           a store of it, equal in every field
  annals export shop.annals | gzip > shop.gz     through a pipe
  gunzip < shop.gz | annals import copy.annals
  annals cat shop.annals --stream cart-1         the events of one stream
  annals cat shop.annals --type OrderPlaced | jq .data.total

Lines are JSON, each an event by CloudEvents 1.0. To edit an export, take the checks out:
  jq -c 'del(.check) | if .subject == \"user-7\" then .data = null else . end' shop.jsonl";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Write all events, or some, as lines of JSON
    Export(Export),
    /// Store the events of an export
    ///
    /// In a store that is new, or has nothing but the beginning of the file, every event gets its old position, revision and time. In any
    /// other they come behind what is there, unless an event of their id is, and say in metadata.imported where they were. An import that
    /// was broken off goes on when the same file is imported again.
    Import(Import),
    /// Read every stored byte again, and say what is wrong
    Verify(Looking),
    /// Say how large a store is
    Stats(Looking),
    /// Write events to standard output, as an export has them
    Cat(Cat),
}

#[derive(Args)]
pub(crate) struct Looking {
    /// The file of the store
    pub(crate) store: PathBuf,
}

#[derive(Args)]
pub(crate) struct Export {
    /// The file of the store
    pub(crate) store: PathBuf,
    /// Where to write; standard output without it, or with `-`
    pub(crate) file: Option<PathBuf>,
    /// Replace a file that is there
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) which: Which,
}

#[derive(Args)]
pub(crate) struct Import {
    /// The file of the store; created when it is not there
    pub(crate) store: PathBuf,
    /// What to import; standard input without it, or with `-`
    pub(crate) file: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Cat {
    /// The file of the store
    pub(crate) store: PathBuf,
    #[command(flatten)]
    pub(crate) which: Which,
    /// At most so many events
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
    /// The newest first
    #[arg(long)]
    pub(crate) reverse: bool,
}

/// Which events are meant: those to which all of it applies.
#[derive(Args)]
pub(crate) struct Which {
    /// Only events of this stream, or of these
    #[arg(long = "stream", value_name = "STREAM")]
    streams: Vec<String>,
    /// Only events of streams whose name begins so, up to the first `-`
    #[arg(long = "category", value_name = "NAME")]
    categories: Vec<String>,
    /// Only events of this type, or of these
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,
    /// Only events with this tag, and with these
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Only events after this position
    #[arg(long, value_name = "POSITION", default_value_t = 0)]
    pub(crate) after: u64,
}

impl Which {
    /// `None` when all are meant.
    pub(crate) fn query(&self) -> Option<Query> {
        let Self { streams, categories, types, tags, .. } = self;
        let is_all = [streams, categories, types, tags].iter().all(|words| words.is_empty());
        let item = QueryItem {
            types: types.clone(),
            tags: tags.clone(),
            streams: streams.clone(),
            categories: categories.clone(),
        };
        (!is_all).then(|| Query::of(item))
    }
}
