use proptest::prelude::*;

use super::*;
use crate::{
    text::{html::collect_drawn, parse_html, parse_plain},
    wire::Block,
};

/// What is read of a message.
fn read(blocks: &[Block]) -> String {
    let mut text = String::new();
    for block in blocks {
        match block {
            Block::Paragraph { inlines } => collect_drawn(inlines, &mut text),
            Block::Code { text: code, .. } => text.push_str(code),
            other => panic!("nothing else is sent: {other:?}"),
        }
        text.push('\n');
    }
    text
}

/// What others read of a typed text.
fn sent(text: &str) -> String {
    typed_to_html(text)
        .map_or_else(|| read(&parse_plain(text)), |html| read(&parse_html(&html).expect("bounded")))
}

fn visible(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect()
}

#[test]
fn spans_are_formatted() {
    for (text, html) in [
        ("Hello, *everyone*", "Hello, <em>everyone</em>"),
        ("Hello, _everyone_!", "Hello, <em>everyone</em>!"),
        ("**Look** at (**this**)", "<strong>Look</strong> at (<strong>this</strong>)"),
        ("***both***", "<em><strong>both</strong></em>"),
        ("~~not~~ `a < b`", "<del>not</del> <code>a &lt; b</code>"),
        ("`` a`b ``", "<code>a`b</code>"),
        (
            "**bold** with <param name=\"x\"/>",
            "<strong>bold</strong> with &lt;param name=&quot;x&quot;/&gt;",
        ),
        ("a | b\n**c** | d", "a | b<br><strong>c</strong> | d"),
        ("one *two*\nthree", "one <em>two</em><br>three"),
        ("one *two*\n\nthree", "<p>one <em>two</em></p><p>three</p>"),
        (
            "[the *docs*](https://galaxyproject.org/)",
            "<a href=\"https://galaxyproject.org/\">the <em>docs</em></a>",
        ),
        (
            "<https://galaxyproject.org/>",
            "<a href=\"https://galaxyproject.org/\">https://galaxyproject.org/</a>",
        ),
        (
            "```xml\n<tool>\n    *x*\n</tool>\n```",
            "<pre><code class=\"language-xml\">&lt;tool&gt;\n    *x*\n&lt;/tool&gt;\n</code></pre>",
        ),
        ("see\n```\na_b_c\n```", "<p>see</p><pre><code>a_b_c\n</code></pre>"),
    ] {
        assert_eq!(typed_to_html(text).as_deref(), Some(html), "{text}");
    }
}

#[test]
fn what_may_not_be_meant_is_sent_as_it_was_typed() {
    for text in [
        "What does <param name=\"reads\" type=\"data\"/> mean?",
        "File \"<stdin>\", line 3, in <module>",
        "sample_*_R1.fastq.gz and sample_*_R2.fastq.gz",
        "sample_1_R1 and a*b*c and 2 * 3 * 4",
        "__init__.py and self.__dict__ are_not_meant",
        "mapping__reads__here",
        "foo*bar* and foo**bar**",
        "*foo*bar and **foo**bar",
        "x _y_z and z_y_ x",
        "call __init_subclass__ there",
        "call __init__ there",
        "*.fastq and sample*",
        "[](https://galaxyproject.org/)",
        "[ ](https://galaxyproject.org/)",
        ">seq1 a description\nACGT\n>seq2\nACGT",
        "> said",
        r"C:\Users\me\*.bam and \*not\* this",
        "[1]: https://usegalaxy.eu/x",
        "see [1] and [x][1]\n\n[1]: https://usegalaxy.eu/x",
        "    Traceback (most recent call last):\n      File x",
        "Error:\n    at line 3 of **main**",
        "# BWA 0.7.17\n**x**",
        "- one\n- *two*",
        "1. one\n2. **two**",
        "&lt;b&gt; **x** &amp; &copy;",
        "<b>bold</b>",
        "<div>\n**x**\n</div>",
        "<!-- *hidden* -->",
        "line one  \nline **two**\\\nthree",
        "![picture](https://example.org/x.png)",
        "[x](javascript:alert(1)) **y**",
        "[x](https://a.b \"title\")",
        "```\nnot closed **x**",
        "~~~\ncode\n~~~",
        "~one~ **two**",
        "***",
        "---",
        "title\n===",
        "****",
        "``",
        "",
    ] {
        assert_eq!(visible(&sent(text)), visible(text), "{text}");
        if !text.contains("<!--") && !text.contains("<b>") {
            assert_eq!(typed_to_html(text), None, "{text}");
        }
    }
}

/// No mark is lost but those around spans: what is read is a part of what was typed, in its order, and what is
/// missing are marks only.
fn is_faithful(text: &str) -> Result<(), TestCaseError> {
    let (typed, read) = (visible(text), visible(&sent(text)));
    let mut rest = read.chars().peekable();
    let mut missing = String::new();
    for character in typed.chars() {
        if rest.peek() == Some(&character) {
            rest.next();
        } else {
            missing.push(character);
        }
    }
    prop_assert!(rest.next().is_none(), "{text:?} is read as {read:?}");
    if text.contains("](") || text.contains("```") {
        return Ok(());
    }
    let marks = if text.contains("://") { "*_~`<>" } else { "*_~`" };
    prop_assert!(missing.chars().all(|c| marks.contains(c)), "{text:?} loses {missing:?}");
    let around = missing.chars().filter(|c| "*_~`".contains(*c)).count();
    prop_assert!(around % 2 == 0, "{text:?} loses {missing:?}");
    Ok(())
}

proptest! {
    /// Words that begin and end with a letter or figure, such as names of files, have no marks at their borders.
    #[test]
    fn nothing_within_a_word_is_a_mark(words in prop::collection::vec("[a-z0-9][a-zé0-9_*~.,:/-]{0,12}[a-z0-9]", 1..8)) {
        let text = words.join(" ");
        prop_assert_eq!(typed_to_html(&text), None, "{}", text);
    }

    #[test]
    fn whatever_is_typed_is_read(text in "\\PC{0,60}") {
        is_faithful(&text)?;
    }

    #[test]
    fn whatever_looks_like_markdown_is_read(parts in prop::collection::vec(
        prop::sample::select(vec![
            "*", "**", "_", "__", "~", "~~", "`", "``", "```", "\n", "\n\n", " ", "    ", "a", "b c", "<b>", "</b>",
            "<", ">", "> ", "- ", "1. ", "# ", "[", "]", "](", ")", "(https://a.b)", "<https://a.b>", "\\", "&amp;",
            "&", "|", "---", "!", "[x]: y", "\t", "é", "。", "<!--", "-->", "\"", ":",
        ]),
        0..24,
    )) {
        is_faithful(&parts.concat())?;
    }
}
