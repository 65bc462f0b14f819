"""
The training step in PyTorch on a CPU, eager mode: forward over length + 1 predictions, cross-entropy summed over the symbols and
averaged over the batch, backward, clipping of the global norm at 5, Adam. `python step.py --help` lists the options.
"""

import argparse
import json
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

from golden import STRATIFICATION, check_golden, check_nondeterministic, check_published
from models import INPUTS, MODELS

CLIP_NORM = 5.0


class Trainer:
    """A model with its optimizer and one batch. targets: [batch, length + 1], the end of the sequence included."""

    def __init__(self, model, targets, learning_rate):
        self.model = model
        self.parameters = list(model.parameters())
        self.optimizer = torch.optim.Adam(self.parameters, lr=learning_rate)
        self.targets = targets.t().contiguous()
        self.one_hot = F.one_hot(self.targets[:-1], INPUTS).to(self.parameters[0].dtype)

    def loss(self):
        logits = self.model(self.one_hot)
        return F.cross_entropy(logits.flatten(0, 1), self.targets.flatten(), reduction='sum') / self.targets.size(1)

    def step(self):
        """One update; returns the loss before it, in nats."""
        self.optimizer.zero_grad()
        loss = self.loss()
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters, CLIP_NORM)
        self.optimizer.step()
        return loss.item()


def random_targets(batch, length):
    symbols = torch.randint(INPUTS, (batch, length), generator=torch.Generator().manual_seed(1))
    return torch.cat([symbols, torch.full((batch, 1), INPUTS)], dim=1)


def measure(trainer, steps):
    """Milliseconds and losses of so many steps, and CPU milliseconds of all of them."""
    milliseconds, losses = [], []
    before = time.process_time()
    for _ in range(steps):
        start = time.perf_counter()
        losses.append(trainer.step())
        milliseconds.append((time.perf_counter() - start) * 1e3)
    return milliseconds, losses, (time.process_time() - before) * 1e3


def load(model, weights):
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.tensor(weights[name.removesuffix('_l0')], dtype=torch.float64).view_as(parameter))


def serve(model):
    """
    Answers the benchmark, a JSON line for a JSON line: {"weights", "targets", "learningRate"} sets the problem,
    {"steps": n} runs n steps and answers {"milliseconds": […], "losses": […], "cpu": …}.
    """
    trainer = None
    for line in sys.stdin:
        request = json.loads(line)
        if 'weights' in request:
            load(model, request['weights'])
            trainer = Trainer(model, torch.tensor(request['targets']), request['learningRate'])
            reply = {'ready': f'PyTorch {torch.__version__}'}
        else:
            milliseconds, losses, cpu = measure(trainer, request['steps'])
            reply = {'milliseconds': milliseconds, 'losses': losses, 'cpu': cpu}
        print(json.dumps(reply), flush=True)


def report(options, trainer):
    measure(trainer, 5)
    milliseconds, _, cpu = measure(trainer, options.steps)
    figures = {'model': options.model, 'torch': torch.__version__, 'threads': options.threads, 'batch': options.batch, 'length': options.length,
               'steps': options.steps, 'median': statistics.median(milliseconds), 'min': min(milliseconds), 'max': max(milliseconds), 'cpu': cpu / options.steps}
    if options.json:
        print(json.dumps(figures))
    else:
        print('{model}: {median:.2f} ms a step, {min:.2f}–{max:.2f}, CPU {cpu:.2f} (PyTorch {torch}, {threads} thread(s), batch {batch}, length {length}, {steps} steps)'.format(**figures))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--model', choices=MODELS, default='superposition-stack')
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--steps', type=int, default=20, help='steps to time (20)')
    parser.add_argument('--batch', type=int, default=10)
    parser.add_argument('--length', type=int, default=60, help='input symbols in a string (60)')
    parser.add_argument('--json', action='store_true', help='print one JSON record')
    parser.add_argument('--golden', metavar='DIR', help='first check loss, gradients and 20 updates against the golden values in DIR')
    parser.add_argument('--serve', action='store_true', help='answer the benchmark over standard input and output')
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    model = MODELS[options.model]()
    if options.golden:
        if options.model in STRATIFICATION:
            check = check_published()
        elif options.model == 'nondeterministic-stack':
            check = check_nondeterministic()
        else:
            check = check_golden(options.model, options.golden, model, Trainer, load)
        print(check, file=sys.stderr)
        model = MODELS[options.model]()
    if options.serve:
        serve(model)
    else:
        report(options, Trainer(model, random_targets(options.batch, options.length), 0.005))


if __name__ == '__main__':
    main()
