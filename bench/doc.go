// Command bench measures the program beside a raw limit of the same run and
// prints a table: a ratio means something only where both sides are fixed and
// stand here to be read.
//
//   - send: 50,000 messages of about 6 kB to a sink in a process of its own,
//     from the answer to launch to the last committed outcome, against a bare
//     go-mail loop that executes templates, builds and sends over kept
//     connections and records nothing;
//   - send_raw: the same, against net/smtp sending one prebuilt message again
//     and again;
//   - send_memory: the peak of a worker that only sends, to a million people
//     (import and checks ran in another process); send_memory_growth: the same,
//     against one that sends to a tenth of them;
//   - import: a generated list from the stored upload to the commit, against
//     binary COPY of the same cells into one logged table with one index;
//   - preflight: the plan for a million people, from the request to where an
//     onlooker sees it; preflight_composing: the same, against rendering as many
//     messages in memory, one after the other; preflight_memory: the worker's peak;
//   - lint: every starter as the text of people in six places, the slowest;
//   - preview: a version for one person after the other, over the API.
//
// It needs FORTHWITH_TEST_DATABASE and FORTHWITH_TEST_REDIS, as make bench sets
// them. Sides alternate; each figure is the median of the rounds.
package main
