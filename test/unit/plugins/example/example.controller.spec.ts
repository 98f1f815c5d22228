import { UnauthorizedException } from '@nestjs/common';
import { Secret } from 'panotti';
import { ExampleConfig } from '../../../../src/plugins/example/index.js';
import { ExampleController } from '../../../../src/plugins/example/example.controller.js';
import type { NoteBoard } from '../../../../src/plugins/example/note-board.js';

const KEY = 'a-key-of-sixteen-characters';

function controller(writeKey?: Secret): { built: ExampleController; notes: string[] } {
  const notes: string[] = [];
  const board = { notes, summary: () => '', add: (note: string) => Promise.resolve(void notes.push(note)) };
  // Of the board, the controller uses these three.
  return {
    built: new ExampleController(board as unknown as NoteBoard, Object.assign(new ExampleConfig(), { writeKey })),
    notes,
  };
}

describe('adding a note over HTTP', () => {
  it('needs no key where none is configured', async () => {
    const { built, notes } = controller();
    await built.add({ text: 'one' });

    expect(notes).toEqual(['one']);
  });

  it('takes a note with the key that is configured, and no other', async () => {
    const { built, notes } = controller(new Secret(KEY));
    await built.add({ text: 'one' }, KEY);

    expect(notes).toEqual(['one']);
    for (const wrong of [undefined, '', `${KEY} `, '[secret]']) {
      await expect(built.add({ text: 'two' }, wrong)).rejects.toThrow(UnauthorizedException);
    }
    expect(notes).toEqual(['one']);
  });
});
