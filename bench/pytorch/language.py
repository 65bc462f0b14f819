"""The training step of a word-level language model: embedding, nn.LSTM, linear classifier, cross-entropy, clipping, plain SGD."""

import argparse
import json
import sys

import torch
from torch import nn
from torch.nn import functional as F

from step import measure

MASK = 0xFFFFFFFF


def scattered(first, count):
    """Numbers that look drawn by chance, 0 … 2^32 - 1; bench/language.ts has the same."""
    x = (torch.arange(first, first + count, dtype=torch.int64) + 1) * 2654435761 & MASK
    x = (x ^ (x >> 15)) * 2246822519 & MASK
    return x ^ (x >> 13)


class LanguageModel(nn.Module):
    """words: [steps, streams] -> logits [steps, streams, words]. Every chunk begins in the empty state."""

    def __init__(self, words, units):
        super().__init__()
        self.embedding = nn.Embedding(words, units)
        self.controller = nn.LSTM(units, units)
        self.classifier = nn.Linear(units, words)

    def forward(self, words):
        return self.classifier(self.controller(self.embedding(words))[0])


def filled(problem):
    """The model with its weights, and the words that it reads: [steps, streams], and [steps * streams] that it predicts."""
    model = LanguageModel(problem['words'], problem['units'])
    first = 0
    with torch.no_grad():
        for parameter in model.parameters():
            values = scattered(first, parameter.numel()).double() / 2 ** 32
            parameter.copy_((problem['bound'] * (2 * values - 1)).view_as(parameter))
            first += parameter.numel()
    streams, steps = problem['streams'], problem['steps']
    words = (scattered(0, streams * (steps + 1)) % problem['words']).view(streams, steps + 1).t().contiguous()
    return model, words[:-1].contiguous(), words[1:].flatten()


class Trainer:
    def __init__(self, problem):
        self.model, self.words, self.targets = filled(problem)
        self.parameters = list(self.model.parameters())
        self.optimizer = torch.optim.SGD(self.parameters, lr=problem['learningRate'])
        self.clip_norm = problem['clipNorm']

    def step(self):
        """One update; returns the mean loss before it, in nats."""
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self.model(self.words).flatten(0, 1), self.targets)
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters, self.clip_norm)
        self.optimizer.step()
        return loss.item()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--threads', type=int, default=1)
    torch.set_num_threads(parser.parse_args().threads)
    trainer = None
    for line in sys.stdin:
        request = json.loads(line)
        if 'run' in request:
            milliseconds, losses, cpu = measure(trainer, request['run'])
            reply = {'milliseconds': milliseconds, 'losses': losses, 'cpu': cpu}
        else:
            trainer = Trainer(request)
            reply = {'ready': f'PyTorch {torch.__version__}'}
        print(json.dumps(reply), flush=True)


if __name__ == '__main__':
    main()
