import { describe, expect, it } from 'vitest';
import { AskedAhead } from '../../src/export/asked-ahead.ts';

describe('a question asked ahead', () => {
  const setting = () => {
    let now = 0;
    let asked = 0;
    const question = new AskedAhead(
      async () => ++asked,
      () => now,
    );
    return { question, pass: (ms: number) => (now += ms), asked: () => asked };
  };

  it('is asked once, and answered when it is wanted', async () => {
    const { question, pass, asked } = setting();
    question.begin();
    question.begin();
    pass(500);
    expect(await question.answer()).toBe(1);
    expect(asked()).toBe(1);
  });

  it('is asked anew when the answer has become old', async () => {
    const { question, pass } = setting();
    question.begin();
    pass(501);
    expect(await question.answer()).toBe(2);
  });

  it('is asked when it is wanted, if never before', async () => {
    expect(await setting().question.answer()).toBe(1);
  });

  it('fails where its answer is wanted, and only there', async () => {
    const question = new AskedAhead(() => Promise.reject(new Error('gone')));
    question.begin();
    await new Promise(setImmediate);
    await expect(question.answer()).rejects.toThrow('gone');
  });
});
