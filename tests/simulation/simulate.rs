//! Runs seeds.
mod chance;
mod clock;
mod connection;
mod diary;
mod disk;
mod hints;
mod ledger;
mod log;
mod oracle;
mod saboteur;
mod scheduler;
mod slot;
mod tab;
mod trace;
mod weather;
mod world;
mod writes;
fn main(){
    let args: Vec<String> = std::env::args().collect();
    let n: u64 = args[1].parse().unwrap();
    let s = args.get(2).map(|name| *saboteur::SABOTAGES.iter().find(|s| s.name()==name).unwrap());
    let start=std::time::Instant::now();
    let mut tally = std::collections::BTreeMap::new();
    for seed in 0..n { let r = world::run(seed, s, false);
       for k in r.tally.keys() { *tally.entry(*k).or_insert(0u64) += 1; }
       if let Some(f) = r.finding { println!("seed {seed}: {}", &f[..f.len().min(1500)]); if s.is_some() {break;} } }
    println!("{:?} {:?}", start.elapsed(), tally);
}
