"""The peer's models in plain PyTorch modules: an LSTM that steps through a string, alone or next to a differentiable stack."""

import torch
from torch import nn
from torch.nn import functional as F

HIDDEN = 20
INPUTS = 3
OUTPUTS = INPUTS + 1  # the end of the sequence is an output only
WIDTH = 10


class SuperpositionStack(nn.Module):
    """Joulin & Mikolov 2015: a cell becomes a blend of the cell above it, itself and the one below. cells: [batch, depth, width]."""

    def __init__(self):
        super().__init__()
        self.actions = nn.Linear(HIDDEN, 3)
        self.push = nn.Linear(HIDDEN, WIDTH)

    def empty(self, batch):
        return self.push.weight.new_zeros(batch, 0, WIDTH)

    def reading(self, cells):
        return cells[:, 0] if cells.size(1) else cells.new_zeros(cells.size(0), WIDTH)

    def forward(self, cells, hidden, update, length):
        push, pop, noop = torch.softmax(self.actions(hidden), dim=1)[:, :, None, None].unbind(1)
        pushed = torch.sigmoid(self.push(hidden))
        return blend(cells, push, pop, noop, pushed, depth=min(update, length - update))


def blend(cells, push, pop, noop, pushed, depth):
    """The first `depth` cells after an update; deeper ones cannot reach the top before the string ends."""
    column = torch.cat([pushed[:, None], F.pad(cells, (0, 0, 0, 2))], dim=1)
    return push * column[:, :depth] + noop * column[:, 1:depth + 1] + pop * column[:, 2:depth + 2]


class StratificationStack(nn.Module):
    """Grefenstette et al. 2015. State: values [batch, depth, width] and strengths [batch, depth], the top last."""

    def __init__(self):
        super().__init__()
        self.actions = nn.Linear(HIDDEN, 2)
        self.push = nn.Linear(HIDDEN, WIDTH)

    def empty(self, batch):
        return self.push.weight.new_zeros(batch, 0, WIDTH), self.push.weight.new_zeros(batch, 0)

    def reading(self, state):
        return strongest(*state)

    def forward(self, state, hidden, update, length):
        push, pop = torch.sigmoid(self.actions(hidden)).split(1, dim=1)
        return stratify(*state, push, pop, torch.tanh(self.push(hidden)))


def above(strengths):
    """For each element the summed strength of those above it."""
    return strengths.sum(dim=1, keepdim=True) - strengths.cumsum(dim=1)


def strongest(values, strengths):
    """The topmost values up to a total strength of 1."""
    weights = torch.minimum(strengths, torch.relu(1 - above(strengths)))
    return (weights[:, :, None] * values).sum(dim=1)


def stratify(values, strengths, push, pop, pushed):
    """Pops `pop` from the top down, then puts `pushed` on top with strength `push`; both [batch, 1]."""
    left = torch.relu(strengths - torch.relu(pop - above(strengths)))
    return torch.cat([values, pushed[:, None]], dim=1), torch.cat([left, push], dim=1)


class ElementwiseStratificationStack(StratificationStack):
    """The same stack in the form of its equations, one element after the other from the top down. State: (value, strength) pairs."""

    def empty(self, batch):
        bottom = self.push.weight.new_zeros(batch, WIDTH), self.push.weight.new_zeros(batch, 1)
        return [bottom]

    def reading(self, state):
        reading, room = 0, torch.ones_like(state[0][1])
        for value, strength in reversed(state):
            reading = reading + torch.minimum(strength, torch.relu(room)) * value
            room = room - strength
        return reading

    def forward(self, state, hidden, update, length):
        push, pop = torch.sigmoid(self.actions(hidden)).split(1, dim=1)
        popped = []
        for value, strength in reversed(state):
            popped.insert(0, (value, torch.relu(strength - torch.relu(pop))))
            pop = pop - strength
        return [*popped, (torch.tanh(self.push(hidden)), push)]


class SteppedModel(nn.Module):
    """Controller, stack and classifier; one module call for each part and step. one_hot: [length, batch, inputs]."""

    def __init__(self, memory=None):
        super().__init__()
        self.controller = nn.LSTMCell(INPUTS + (WIDTH if memory else 0), HIDDEN)
        self.memory = memory
        self.classifier = nn.Linear(HIDDEN, OUTPUTS)

    def forward(self, one_hot):
        length, batch, _ = one_hot.shape
        hidden = cell = one_hot.new_zeros(batch, HIDDEN)
        outputs = [hidden]
        state = self.memory.empty(batch) if self.memory else None
        for step in range(length):
            inputs = one_hot[step]
            if self.memory:
                if step > 0:
                    state = self.memory(state, hidden, step, length)
                inputs = torch.cat([inputs, self.memory.reading(state)], dim=1)
            hidden, cell = self.controller(inputs, (hidden, cell))
            outputs.append(hidden)
        return self.classifier(torch.stack(outputs))


class WholeSequenceLSTM(nn.Module):
    """The plain LSTM as one `nn.LSTM` call, which on a CPU is a single oneDNN kernel: open to models without a memory only."""

    def __init__(self):
        super().__init__()
        self.controller = nn.LSTM(INPUTS, HIDDEN)
        self.classifier = nn.Linear(HIDDEN, OUTPUTS)

    def forward(self, one_hot):
        outputs, _ = self.controller(one_hot)
        return self.classifier(torch.cat([outputs.new_zeros(1, one_hot.size(1), HIDDEN), outputs]))


MODELS = {
    'lstm': SteppedModel,
    'lstm-whole': WholeSequenceLSTM,
    'superposition-stack': lambda: SteppedModel(SuperpositionStack()),
    'stratification-stack': lambda: SteppedModel(StratificationStack()),
    'stratification-stack-by-element': lambda: SteppedModel(ElementwiseStratificationStack()),
}
