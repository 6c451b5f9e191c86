//! Two texts, line by line. Like all of the kit this is compiled by those who use it only, hence `#[inline]`.

/// Around a change so many lines that are the same are shown.
const CONTEXT: usize = 3;

/// The most lines that are compared one by one: what is longer is shown whole.
const MAX_LINES: usize = 2000;

/// Two texts, line by line: `-` what only the first has, `+` what only the second has.
#[inline]
pub(super) fn difference(first: &str, second: &str) -> String {
    let (ones, others): (Vec<&str>, Vec<&str>) = (first.lines().collect(), second.lines().collect());
    let lines = if ones.len().max(others.len()) > MAX_LINES {
        let removed = ones.iter().map(|line| format!("- {line}"));
        removed.chain(others.iter().map(|line| format!("+ {line}"))).collect()
    } else {
        compared(&ones, &others)
    };
    let is_near = |n: usize| {
        let around = n.saturating_sub(CONTEXT)..lines.len().min(n + CONTEXT + 1);
        lines[around].iter().any(|line| !line.starts_with(' '))
    };
    let mut shown: Vec<&str> = Vec::new();
    for (n, line) in lines.iter().enumerate() {
        if is_near(n) {
            shown.push(line);
        } else if n == 0 || is_near(n - 1) {
            shown.push("  …");
        }
    }
    shown.join("\n")
}

/// By the longest common subsequence of their lines.
#[inline]
fn compared(ones: &[&str], others: &[&str]) -> Vec<String> {
    // Of what is left of each: the length of the longest.
    let mut lengths = vec![vec![0_u32; others.len() + 1]; ones.len() + 1];
    for n in (0..ones.len()).rev() {
        for m in (0..others.len()).rev() {
            lengths[n][m] = if ones[n] == others[m] {
                lengths[n + 1][m + 1] + 1
            } else {
                lengths[n + 1][m].max(lengths[n][m + 1])
            };
        }
    }
    let mut lines = Vec::new();
    let (mut n, mut m) = (0, 0);
    loop {
        match (ones.get(n), others.get(m)) {
            (None, None) => return lines,
            (Some(one), Some(other)) if one == other => {
                lines.push(format!("  {one}"));
                (n, m) = (n + 1, m + 1);
            }
            (Some(one), other) if other.is_none() || lengths[n + 1][m] >= lengths[n][m + 1] => {
                lines.push(format!("- {one}"));
                n += 1;
            }
            (_, other) => {
                lines.extend(other.map(|other| format!("+ {other}")));
                m += 1;
            }
        }
    }
}
