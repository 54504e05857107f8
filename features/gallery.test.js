"use strict";

// What people are told who make a mistake, word for word, by the real program: a picture each in gallery/.
// To accept new words: EXO_UPDATE_TRANSCRIPTS=1, then read the difference.
const assert = require("node:assert/strict");
const { readdirSync } = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { Picture } = require("./support/gallery_picture");
const { Stage } = require("./support/gallery_stage");

const folder = path.join(__dirname, "gallery");
const pictures = readdirSync(folder).sort().map((name) => new Picture(path.join(folder, name)));
const wanted = process.env.EXO_GALLERY ?? "";

for (const picture of pictures.filter(({ file }) => path.basename(file).includes(wanted))) {
  test(`the gallery: ${picture.title}`, async (context) => {
    const stage = new Stage();
    try {
      const obstacle = await stage.set(picture);
      if (obstacle) return context.skip(obstacle);
      const says = await stage.play(picture.words);
      if (process.env.EXO_UPDATE_TRANSCRIPTS) picture.accept(says);
      assert.equal(says, picture.says, `in ${picture.file}`);
    } finally {
      await stage.leave();
    }
  });
}

test("the gallery has all its pictures, and each is about something else", () => {
  assert.ok(pictures.length >= 40, `${pictures.length} pictures`);
  assert.equal(new Set(pictures.map(({ title }) => title)).size, pictures.length);
});

test("no picture shows a stack trace, an abort or silence", () => {
  for (const { file, says } of pictures) {
    assert.doesNotMatch(says, /terminate called|what\(\):|^\s+at |Aborted|SIG[A-Z]+$|backtrace|EXO_CHECK/m, file);
    assert.match(says, /\S.*\nexits with [12]\n$/, `${file} says nothing, or exits as if all were well`);
  }
});
