// What the names in training logs usually mean: which are counters, which are metrics and which way is better.

const counters = new Set(
  'epoch epochs ep step steps iter iters iteration iterations it batch batches episode round trial'.split(' '),
)

const lowerIsBetter = new Set(
  'loss losses error err mae mse rmse perplexity ppl wer cer nll bce ce fid cost kl divergence elbo regret'.split(' '),
)

const higherIsBetter = new Set(
  'acc accuracy f auc auroc precision recall score reward return bleu rouge map iou miou r psnr ssim dice mrr ndcg winrate throughput'.split(
    ' ',
  ),
)

const neutral = new Set('lr grad norm gradnorm entropy momentum beta temperature objective metric top wd'.split(' '))

/** Names of times, versions, addresses, progress and log levels: numbers, but not of the experiment. */
const ignored = new Set(
  (
    'time date datetime timestamp ts t version ver eta elapsed duration sec secs seconds ms minutes hours year ' +
    'port pid ppid tid host hostname ip addr address url rank gpu gpus cuda device id jobid uuid line lineno seed errno ' +
    'progress percent pct info warning warn debug note notice fatal exit status code python torch numpy file at'
  ).split(' '),
)

/** `val_loss`, `val/loss`, `valLoss` and `Val Loss` all give `val`, `loss`; digits at the end of a part go (`top1`). */
export function nameParts(name: string): string[] {
  return name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((part) => part.replace(/\d{1,9}$/, ''))
    .filter((part) => part !== '')
}

export function isCounterName(name: string): boolean {
  return counters.has(nameParts(name).at(-1) ?? '')
}

/** A name that stands for a metric even without `=` or `:` behind it. */
export function isMetricName(name: string): boolean {
  return nameParts(name).some((part) => lowerIsBetter.has(part) || higherIsBetter.has(part) || neutral.has(part))
}

export function isIgnoredName(name: string): boolean {
  // `KeyError: 3` is an exception.
  if (/[a-z](?:Error|Exception|Warning|Exit)$/.test(name)) return true
  const last = nameParts(name).at(-1)
  return last === undefined || ignored.has(last)
}

/** Which way is better by its name; null when the name does not tell. */
export function betterDirection(name: string): 'lower' | 'higher' | null {
  const parts = nameParts(name)
  if (parts.some((part) => lowerIsBetter.has(part))) return 'lower'
  if (parts.some((part) => higherIsBetter.has(part))) return 'higher'
  return null
}
