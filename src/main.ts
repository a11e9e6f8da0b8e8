import pjson from '../package.json' with { type: 'json' };

// The version alone needs nothing else of the program, and is what scripts ask most.
if (process.argv.length === 3 && process.argv[2] === '--version') {
  process.stdout.write(`${pjson.version}\n`);
} else {
  const { main } = await import('./commands/main.ts');
  await main();
}
