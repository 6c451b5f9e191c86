//! Finding rows: every answer is that of filtering and sorting all rows, whatever is indexed.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
    marker::PhantomData,
};

use annals::{
    Engine, Projection, View,
    engine::views::{Explanation, Field, Find, Test},
    model::{ExpectedRevision, NewEvent, RowKeys, Stored},
    storage::{Memory, MemoryServer},
};
use pollster::block_on;
use proptest::{prelude::*, sample::select};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::support::{Hand, open, stream};

/// Rows that are put and taken away as events say.
struct Cards<R> {
    indexes: BTreeSet<&'static str>,
    rows: PhantomData<R>,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
enum CardEvent<R> {
    Put(String, R),
    Removed(String),
}
use CardEvent::{Put, Removed};

impl<R: Clone> Projection for Cards<R> {
    type Event = CardEvent<R>;
    type Row = R;

    fn name(&self) -> &str {
        "cards"
    }

    fn types(&self) -> Vec<&str> {
        vec!["Put", "Removed"]
    }

    fn indexes(&self) -> Vec<&str> {
        self.indexes.iter().copied().collect()
    }

    fn rows<'a>(&self, event: &Stored<'a, CardEvent<R>>) -> RowKeys<'a> {
        let (Put(key, _) | Removed(key)) = &event.event;
        RowKeys::One(key.clone().into())
    }

    fn project(&self, _: Option<R>, event: &Stored<'_, CardEvent<R>>) -> Option<R> {
        if let Put(_, row) = &event.event { Some(row.clone()) } else { None }
    }
}

/// A view of cards, and what it has to have.
struct Desk<R: 'static> {
    engine: Engine<Memory>,
    view: View<Memory, R>,
    rows: BTreeMap<String, Value>,
}

impl<R: Clone + PartialEq + Serialize + DeserializeOwned + 'static> Desk<R> {
    async fn new(indexes: BTreeSet<&'static str>) -> Self {
        let engine = Engine::new(open(MemoryServer::default().connect(), &Hand::new(1)).await);
        let view = engine.register_projector(Cards { indexes, rows: PhantomData }).expect("registered");
        engine.open_views(&|_, _, _| true).await.expect("opened");
        Self { engine, view, rows: BTreeMap::new() }
    }

    /// Puts rows, or takes them away, all in one commit.
    async fn change(&mut self, changes: &[(String, Option<R>)]) {
        let mut events = Vec::new();
        for (key, row) in changes {
            let event = match row {
                Some(row) => Put(key.clone(), row.clone()),
                None => Removed(key.clone()),
            };
            let json = serde_json::to_value(&event).expect("JSON");
            let r#type = json["type"].as_str().expect("a text");
            events.push(NewEvent::new(r#type, &json["data"]).expect("JSON"));
            match row {
                Some(row) => {
                    self.rows.insert(key.clone(), serde_json::to_value(row).expect("JSON"));
                }
                None => drop(self.rows.remove(key)),
            }
        }
        let stored = self.engine.store().append(stream("cards"), events, ExpectedRevision::Any);
        stored.await.expect("stored");
    }

    fn found(&self, find: &Find) -> Vec<Value> {
        let row = |row| serde_json::to_value(row).expect("JSON");
        self.view.find(find).iter().map(|one| row(&**one)).collect()
    }

    fn explain(&self, question: &Question) -> Explanation {
        self.view.explain(&question.find()).expect("a view")
    }

    /// Whether a question is answered as by looking at all rows, and how that is said to have gone.
    fn check(&self, question: &Question, indexes: &BTreeSet<&str>) -> Result<(), TestCaseError> {
        let find = question.find();
        let meant: Vec<(&String, &Value)> = self.rows.iter().filter(|(_, row)| question.means(row)).collect();
        let expected: Vec<Value> = question.order(&meant).into_iter().cloned().collect();
        prop_assert_eq!(&self.found(&find), &expected, "{:?}", question);
        prop_assert_eq!(self.view.count(&find), meant.len(), "{:?}", question);
        let said = self.explain(question);
        prop_assert_eq!(said.found, expected.len());
        prop_assert!(said.found <= said.examined && said.examined <= self.rows.len(), "{:?}", said);
        let order = question.order_by;
        let filter: Vec<&str> = question.filter.iter().map(|(path, _)| *path).collect();
        let index = said.index.as_ref().map(|path| path.as_str());
        if let Some(index) = index {
            prop_assert!(indexes.contains(index), "{:?}", said);
            prop_assert!(filter.contains(&index) || (order == Some(index) && !said.is_sorted));
        }
        if !said.is_sorted {
            prop_assert_eq!(index, order, "what is not put in order comes along it: {:?}", said);
        }
        let looked_up = filter.iter().copied().chain(order.filter(|_| said.is_sorted));
        let mut scanned: Vec<&str> = Vec::new();
        for path in looked_up.filter(|path| !indexes.contains(path)) {
            if !scanned.contains(&path) {
                scanned.push(path);
            }
        }
        prop_assert_eq!(said.scanned.iter().map(|path| path.as_str()).collect::<Vec<_>>(), scanned);
        if let (Some(index), true) = (index, said.is_sorted) {
            let in_index = self.rows.values().filter(|row| question.may_mean(index, row)).count();
            prop_assert_eq!(said.examined, in_index, "only what the index leaves: {:?}", said);
        }
        Ok(())
    }
}

/// What is asked, as plain data.
#[derive(Debug, Clone, Default)]
struct Question {
    filter: Vec<(&'static str, Asked)>,
    order_by: Option<&'static str>,
    is_descending: bool,
    limit: Option<usize>,
    offset: usize,
}

#[derive(Debug, Clone)]
enum Asked {
    Is(Value),
    IsMissing,
    Greater(Value),
    NotLess(Value),
    Less(Value),
    NotGreater(Value),
    OneOf(Vec<Value>),
    Begins(String),
}

/// A value as the order of all values sees it: its kind, and itself among those of its kind.
fn kind(value: Option<&Value>) -> u8 {
    match value {
        None => 0,
        Some(Value::Null) => 1,
        Some(Value::Bool(_)) => 2,
        Some(Value::Number(_)) => 3,
        Some(Value::String(_)) => 4,
        Some(Value::Array(_) | Value::Object(_)) => 5,
    }
}

fn order(one: Option<&Value>, other: Option<&Value>) -> Ordering {
    match (one, other) {
        (Some(Value::Bool(one)), Some(Value::Bool(other))) => one.cmp(other),
        (Some(Value::Number(one)), Some(Value::Number(other))) => {
            one.as_f64().partial_cmp(&other.as_f64()).expect("numbers")
        }
        (Some(Value::String(one)), Some(Value::String(other))) => one.chars().cmp(other.chars()),
        _ => kind(one).cmp(&kind(other)),
    }
}

fn at<'a>(row: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(row, |value, name| value.as_object()?.get(name))
}

impl Asked {
    fn test(&self) -> Test {
        match self {
            Self::Is(value) => Test::Eq(field(value)),
            Self::IsMissing => Test::Eq(Field::Missing),
            Self::Greater(value) => Test::Gt(field(value)),
            Self::NotLess(value) => Test::Gte(field(value)),
            Self::Less(value) => Test::Lt(field(value)),
            Self::NotGreater(value) => Test::Lte(field(value)),
            Self::OneOf(values) => Test::In(values.iter().map(field).collect()),
            Self::Begins(prefix) => Test::StartsWith(prefix.as_str().into()),
        }
    }

    /// What has no order among its kind is not compared, unless `is_lenient`: an index has it in one place.
    fn holds(&self, value: Option<&Value>, is_lenient: bool) -> bool {
        let compared = |wanted: &Value| {
            let is_one = is_lenient || !matches!(wanted, Value::Array(_) | Value::Object(_));
            (is_one && kind(value) == kind(Some(wanted))).then(|| order(value, Some(wanted)))
        };
        match self {
            Self::Is(wanted) => compared(wanted) == Some(Ordering::Equal),
            Self::IsMissing => is_lenient && value.is_none(),
            Self::Greater(wanted) => compared(wanted) == Some(Ordering::Greater),
            Self::NotLess(wanted) => compared(wanted).is_some_and(Ordering::is_ge),
            Self::Less(wanted) => compared(wanted) == Some(Ordering::Less),
            Self::NotGreater(wanted) => compared(wanted).is_some_and(Ordering::is_le),
            Self::OneOf(wanted) => wanted.iter().any(|one| compared(one) == Some(Ordering::Equal)),
            Self::Begins(prefix) => {
                value.and_then(Value::as_str).is_some_and(|text| text.starts_with(prefix))
            }
        }
    }
}

fn field(value: &Value) -> Field {
    match value {
        Value::Null => Field::Null,
        Value::Bool(value) => (*value).into(),
        Value::Number(number) => number.as_f64().expect("a number").into(),
        Value::String(text) => text.as_str().into(),
        Value::Array(_) | Value::Object(_) => Field::Other,
    }
}

impl Question {
    fn find(&self) -> Find {
        let path = "one to three names";
        let mut find = Find::all();
        for (field, asked) in &self.filter {
            find = find.filter(field, asked.test()).expect(path);
        }
        if let Some(order) = self.order_by {
            find = find.order_by(order).expect(path);
        }
        if self.is_descending {
            find = find.descending();
        }
        if let Some(limit) = self.limit {
            find = find.limit(limit);
        }
        find.offset(self.offset)
    }

    fn means(&self, row: &Value) -> bool {
        self.filter.iter().all(|(path, asked)| asked.holds(at(row, path), false))
    }

    /// Whether the index of one field leaves a row.
    fn may_mean(&self, index: &str, row: &Value) -> bool {
        let tests = self.filter.iter().filter(|(path, _)| *path == index);
        tests.into_iter().all(|(path, asked)| asked.holds(at(row, path), true))
    }

    /// Rows that are meant, which come by key, in order.
    fn order<'a>(&self, meant: &[(&String, &'a Value)]) -> Vec<&'a Value> {
        let mut rows: Vec<&Value> = meant.iter().map(|(_, row)| *row).collect();
        match self.order_by {
            Some(path) => rows.sort_by(|one, other| {
                let order = order(at(one, path), at(other, path));
                if self.is_descending { order.reverse() } else { order }
            }),
            None if self.is_descending => rows.reverse(),
            None => {}
        }
        rows.into_iter().skip(self.offset).take(self.limit.unwrap_or(usize::MAX)).collect()
    }
}

const TEXTS: [&str; 16] = [
    "",
    "a",
    "ab",
    "abc",
    "b",
    "a\u{d7ff}",
    "\u{d7ff}",
    "\u{d7ff}a",
    "\u{e000}",
    "a\u{e000}",
    "\u{ffff}",
    "\u{1f600}",
    "\u{10ffff}",
    "a\u{10ffff}",
    "a\u{10ffff}\u{10ffff}",
    "a\u{10ffff}b",
];

const PATHS: [&str; 8] = ["a", "b", "c", "a.b", "a.b.c", "b.a", "c.c.c", "nowhere"];

fn text() -> impl Strategy<Value = String> {
    select(&TEXTS[..]).prop_map(str::to_owned)
}

fn leaf() -> impl Strategy<Value = Value> {
    let number = select(vec![
        json!(0),
        json!(-0.0),
        json!(1),
        json!(-1),
        json!(0.5),
        json!(1e300),
        json!(-1e300),
        json!(5e-324),
        json!(9_007_199_254_740_992_u64),
        json!(9_007_199_254_740_993_u64),
        json!(u64::MAX),
        json!(i64::MIN),
    ]);
    prop_oneof![
        1 => Just(Value::Null),
        2 => any::<bool>().prop_map(Value::from),
        4 => number,
        5 => text().prop_map(Value::from),
        1 => Just(json!([1, "a"])),
        1 => Just(json!([])),
        1 => Just(json!({})),
    ]
}

fn row() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(3, 12, 3, |inner| {
        let name = select(vec!["a", "b", "c"]).prop_map(str::to_owned);
        prop::collection::btree_map(name, inner, 0..=3).prop_map(|fields| json!(fields))
    })
}

fn asked() -> impl Strategy<Value = Asked> {
    prop_oneof![
        3 => leaf().prop_map(Asked::Is),
        1 => Just(Asked::IsMissing),
        2 => leaf().prop_map(Asked::Greater),
        2 => leaf().prop_map(Asked::NotLess),
        2 => leaf().prop_map(Asked::Less),
        2 => leaf().prop_map(Asked::NotGreater),
        2 => prop::collection::vec(leaf(), 0..4).prop_map(Asked::OneOf),
        3 => text().prop_map(Asked::Begins),
    ]
}

fn question(paths: &'static [&'static str]) -> impl Strategy<Value = Question> {
    let filter = prop::collection::vec((select(paths), asked()), 0..4);
    let (limit, offset) = (prop::option::of(0_usize..8), prop_oneof![3 => Just(0_usize), 1 => 0_usize..5]);
    let order_by = prop::option::of(select(paths));
    (filter, order_by, any::<bool>(), limit, offset).prop_map(
        |(filter, order_by, is_descending, limit, offset)| Question {
            filter,
            order_by,
            is_descending,
            limit,
            offset,
        },
    )
}

fn indexes(paths: &'static [&'static str]) -> impl Strategy<Value = BTreeSet<&'static str>> {
    prop::collection::btree_set(select(paths), 0..5)
}

fn changes<R: std::fmt::Debug>(
    row: impl Strategy<Value = R>,
) -> impl Strategy<Value = Vec<(String, Option<R>)>> {
    prop::collection::vec((text(), prop::option::weighted(0.8, row)), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_found_is_what_looking_at_all_rows_finds_whatever_is_indexed(
        indexes in indexes(&PATHS),
        turns in prop::collection::vec(
            (changes(row()), prop::collection::vec(question(&PATHS), 1..8)),
            1..5,
        ),
    ) {
        block_on(async {
            let mut desk = Desk::<Value>::new(indexes.clone()).await;
            for (changes, questions) in &turns {
                desk.change(changes).await;
                for question in questions {
                    desk.check(question, &indexes)?;
                }
            }
            Ok::<_, TestCaseError>(())
        })?;
    }
}

/// Whatever serde has a word for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Typed {
    whole: (i8, i16, i32, i64, u8, u16, u32, u64),
    wide: u128,
    u: u64,
    i: i64,
    half: f32,
    real: f64,
    letter: char,
    maybe: Option<Inner>,
    twice: Option<Option<bool>>,
    unit: (),
    nothing: Nothing,
    inner: Wrapped,
    pair: (u8, String),
    list: Vec<u8>,
    words: BTreeMap<String, Outer>,
    numbers: BTreeMap<i32, Outer>,
    letters: BTreeMap<char, bool>,
    flags: BTreeMap<Flag, u8>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    left_out: Option<u8>,
    outer: Outer,
    tagged: Tagged,
    beside: Beside,
    either: Either,
    #[serde(flatten)]
    rest: Rest,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Inner {
    n: u32,
    text: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Nothing;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Wrapped(Inner);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Flag {
    Red,
    Blue,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Outer {
    Unit,
    One(Inner),
    Number(f64),
    Two(u8, u8),
    Fields { n: u32, text: String },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    Unit,
    Fields { n: u32 },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "n")]
enum Beside {
    Unit,
    Number(u32),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Either {
    Number(u32),
    Text(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Rest {
    n: u32,
    deep: Inner,
}

const TYPED_PATHS: [&str; 45] = [
    "whole",
    "wide",
    "u",
    "i",
    "half",
    "real",
    "letter",
    "maybe",
    "maybe.n",
    "twice",
    "unit",
    "nothing",
    "inner",
    "inner.n",
    "inner.text",
    "pair",
    "pair.0",
    "list",
    "list.n",
    "words",
    "words.a",
    "words.b.One",
    "words.a.Fields",
    "words.a.One",
    "numbers.1",
    "numbers.-1.One",
    "numbers.1.Number",
    "letters.a",
    "letters.b",
    "flags.Red",
    "flags.Blue",
    "left_out",
    "outer",
    "outer.One.n",
    "outer.Two",
    "outer.Two.n",
    "outer.Fields.text",
    "outer.Number",
    "outer.Unit",
    "tagged.kind",
    "tagged.n",
    "beside.n",
    "either",
    "n",
    "deep.text",
];

fn inner() -> impl Strategy<Value = Inner> {
    (0_u32..3, text()).prop_map(|(n, text)| Inner { n, text })
}

fn outer() -> impl Strategy<Value = Outer> {
    prop_oneof![
        Just(Outer::Unit),
        inner().prop_map(Outer::One),
        (-1_i32..2).prop_map(|n| Outer::Number(n.into())),
        Just(Outer::Two(1, 2)),
        inner().prop_map(|Inner { n, text }| Outer::Fields { n, text }),
    ]
}

fn typed() -> impl Strategy<Value = Typed> {
    let maps = (
        prop::collection::btree_map(select(vec!["a".to_owned(), "b".to_owned()]), outer(), 0..3),
        prop::collection::btree_map(-1..2_i32, outer(), 0..3),
        prop::collection::btree_map(select(vec!['a', 'b']), any::<bool>(), 0..3),
        prop::collection::btree_map(select(vec![Flag::Red, Flag::Blue]), 0_u8..3, 0..3),
    );
    let numbers =
        (select(vec![0, 1, u64::MAX]), select(vec![0, -1, i64::MIN]), select(vec![0.0, -0.0, 0.1_f32]));
    let options = (
        prop::option::of(inner()),
        prop::option::of(prop::option::of(any::<bool>())),
        prop::option::of(0_u8..3),
    );
    let enums = (
        outer(),
        prop_oneof![Just(Tagged::Unit), (0_u32..3).prop_map(|n| Tagged::Fields { n })],
        prop_oneof![Just(Beside::Unit), (0_u32..3).prop_map(Beside::Number)],
        prop_oneof![(0_u32..3).prop_map(Either::Number), text().prop_map(Either::Text)],
    );
    (maps, numbers, options, enums, inner(), text()).prop_map(
        |(
            (words, numbers, letters, flags),
            (u, i, half),
            (maybe, twice, left_out),
            (outer, tagged, beside, either),
            inner,
            text,
        )| Typed {
            whole: (-1, -1, -1, i, 1, 1, 1, u),
            wide: u.into(),
            u,
            i,
            half,
            real: half.into(),
            letter: text.chars().next().unwrap_or('-'),
            maybe,
            twice,
            unit: (),
            nothing: Nothing,
            pair: (inner.n as u8, text),
            list: vec![1; inner.n as usize],
            words,
            numbers,
            letters,
            flags,
            left_out,
            outer,
            tagged,
            beside,
            either,
            rest: Rest { n: inner.n, deep: inner.clone() },
            inner: Wrapped(inner),
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_fields_of_a_row_of_rust_are_those_of_its_json(
        indexes in indexes(&TYPED_PATHS),
        changes in changes(typed()),
        questions in prop::collection::vec(question(&TYPED_PATHS), 1..4),
    ) {
        block_on(async {
            let mut desk = Desk::<Typed>::new(indexes.clone()).await;
            desk.change(&changes).await;
            for question in &questions {
                desk.check(question, &indexes)?;
            }
            for path in TYPED_PATHS {
                let (order_by, plain) = (Some(path), Question::default());
                desk.check(&Question { order_by, ..plain.clone() }, &indexes)?;
                for row in desk.rows.values() {
                    let Some(value) = at(row, path) else { continue };
                    let filter = vec![(path, Asked::Is(value.clone()))];
                    desk.check(&Question { filter, ..plain.clone() }, &indexes)?;
                }
            }
            Ok::<_, TestCaseError>(())
        })?;
    }
}

const MANY: usize = 3_000;

/// Many rows: `n` and `half` are numbers, `word` is one of ten texts, `deep.n` lies deeper.
async fn many(indexes: &[&'static str]) -> Desk<Value> {
    let mut desk = Desk::new(indexes.iter().copied().collect()).await;
    let rows: Vec<(String, Option<Value>)> = (0..MANY)
        .map(|n| {
            let row =
                json!({ "n": n, "half": n / 2, "word": format!("w{}", n % 10), "deep": { "n": MANY - n } });
            (format!("k{n:05}"), Some(row))
        })
        .collect();
    desk.change(&rows).await;
    desk
}

#[test]
fn the_first_of_many_rows_are_found_by_looking_at_them_alone() {
    block_on(async {
        let desk = many(&["n", "word", "deep.n"]).await;
        let first = Question { limit: Some(20), ..Question::default() };
        for is_descending in [false, true] {
            for order_by in [None, Some("n"), Some("deep.n")] {
                let said = desk.explain(&Question { order_by, is_descending, ..first.clone() });
                assert_eq!((said.examined, said.found, said.is_sorted), (20, 20, false), "{said:?}");
                let later = Question { order_by, offset: 15, ..first.clone() };
                assert_eq!((desk.explain(&later).examined, desk.explain(&later).found), (35, 20));
            }
        }
        let filtered = |filter| Question { order_by: Some("n"), filter, ..first.clone() };
        let one_in_ten = filtered(vec![("word", Asked::Is(json!("w3")))]);
        let said = desk.explain(&one_in_ten);
        assert!(said.examined <= 200 && said.scanned.is_empty(), "{said:?}");
        let unknown = desk.explain(&filtered(vec![("half", Asked::NotLess(json!(100)))]));
        assert_eq!(unknown.scanned.iter().map(|path| path.as_str()).collect::<Vec<_>>(), ["half"]);
        assert!(unknown.examined >= 220 && unknown.examined < 500, "along the order: {unknown:?}");
        let range = filtered(vec![("n", Asked::Greater(json!(2_000))), ("n", Asked::Less(json!(2_500)))]);
        let said = desk.explain(&range);
        assert_eq!((said.examined, said.is_sorted), (20, false), "{said:?}");
    });
}

#[test]
fn the_index_that_leaves_the_fewest_rows_is_gone_along() {
    block_on(async {
        let desk = many(&["n", "word"]).await;
        let filter = vec![("word", Asked::Begins("w7".to_owned())), ("n", Asked::Less(json!(50)))];
        let said = desk.explain(&Question { filter, order_by: Some("half"), ..Question::default() });
        assert_eq!(said.index.as_ref().map(|path| path.as_str()), Some("n"));
        assert_eq!((said.examined, said.found, said.is_sorted), (50, 5, true));
        assert_eq!(said.scanned.iter().map(|path| path.as_str()).collect::<Vec<_>>(), ["half"]);
    });
}

#[test]
fn of_texts_that_begin_so_no_others_are_looked_at() {
    block_on(async {
        let mut desk = Desk::new(["word"].into()).await;
        let rows = TEXTS.map(|text| (text.to_owned(), Some(json!({ "word": text }))));
        desk.change(&rows).await;
        for prefix in TEXTS {
            let filter = vec![("word", Asked::Begins(prefix.to_owned()))];
            let said = desk.explain(&Question { filter, order_by: Some("other"), ..Question::default() });
            let hits = TEXTS.iter().filter(|text| text.starts_with(prefix)).count();
            assert_eq!((said.examined, said.found), (hits, hits), "{prefix:?}");
        }
    });
}

#[test]
fn without_an_index_all_rows_are_looked_at_and_that_is_said() {
    block_on(async {
        let desk = many(&[]).await;
        let filter = vec![("word", Asked::Is(json!("w3"))), ("nowhere.at.all", Asked::Is(json!(1)))];
        let said = desk.explain(&Question { filter, order_by: Some("n"), ..Question::default() });
        assert_eq!((said.index, said.examined, said.found, said.is_sorted), (None, MANY, 0, true));
        let scanned: Vec<&str> = said.scanned.iter().map(|path| path.as_str()).collect();
        assert_eq!(scanned, ["word", "nowhere.at.all", "n"]);
        let early = Question {
            filter: vec![("word", Asked::Is(json!("w3")))],
            limit: Some(5),
            ..Question::default()
        };
        assert!(desk.explain(&early).examined <= 64, "it ends when there are enough");
    });
}

#[test]
fn a_field_is_one_to_three_names() {
    for path in ["", ".", "a.", ".a", "a..b", "a.b.c.d"] {
        assert!(Find::all().order_by(path).is_err(), "{path:?}");
        assert!(Find::all().filter(path, Test::Eq(Field::Null)).is_err(), "{path:?}");
    }
    for path in ["a", "a.b", "a.b.c", " ", "ä.-1"] {
        assert!(Find::all().order_by(path).is_ok(), "{path:?}");
    }
}
