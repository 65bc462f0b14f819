"""The peer's models in plain PyTorch modules: an LSTM that steps through a string, alone or next to a differentiable stack."""

import torch
from torch import nn
from torch.nn import functional as F

HIDDEN = 20
INPUTS = 3
OUTPUTS = INPUTS + 1  # the end of the sequence is an output only
WIDTH = 10
STATES = SYMBOLS = 3


class SuperpositionStack(nn.Module):
    """Joulin & Mikolov 2015: a cell becomes a blend of the cell above it, itself and the one below. cells: [batch, depth, width]."""

    width = WIDTH

    def __init__(self):
        super().__init__()
        self.actions = nn.Linear(HIDDEN, 3)
        self.push = nn.Linear(HIDDEN, WIDTH)

    def empty(self, batch):
        return self.actions.weight.new_zeros(batch, 0, self.width)

    def reading(self, cells):
        return cells[:, 0] if cells.size(1) else cells.new_zeros(cells.size(0), self.width)

    def pushed(self, hidden):
        return torch.sigmoid(self.push(hidden))

    def forward(self, cells, hidden, update, length):
        push, pop, noop = torch.softmax(self.actions(hidden), dim=1)[:, :, None, None].unbind(1)
        return blend(cells, push, pop, noop, self.pushed(hidden), depth=min(update, length - update))


class HiddenSuperpositionStack(SuperpositionStack):
    """The same, whose cells are hidden vectors of the controller."""

    width = HIDDEN

    def __init__(self):
        nn.Module.__init__(self)
        self.actions = nn.Linear(HIDDEN, 3)

    def pushed(self, hidden):
        return hidden


def blend(cells, push, pop, noop, pushed, depth):
    """The first `depth` cells after an update; deeper ones cannot reach the top before the string ends."""
    column = torch.cat([pushed[:, None], F.pad(cells, (0, 0, 0, 2))], dim=1)
    return push * column[:, :depth] + noop * column[:, 1:depth + 1] + pop * column[:, 2:depth + 2]


class StratificationStack(nn.Module):
    """Grefenstette et al. 2015. State: values [batch, depth, width] and strengths [batch, depth], the top last."""

    width = WIDTH

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


class NondeterministicStack(nn.Module):
    """
    DuSell & Chiang 2023, in linear arithmetic that is rescaled at every step. `runs` [batch, to, from, y, q, x, r] holds the weight of all
    runs from one time to another; the reading is the share of each state and symbol on top.
    """

    width = STATES * SYMBOLS

    def __init__(self):
        super().__init__()
        self.operations = nn.Linear(HIDDEN, self.width * (2 * self.width + STATES))

    def empty(self, batch):
        return first_runs(self.operations.weight, batch, STATES, SYMBOLS)

    def reading(self, state):
        return shares(state)

    def forward(self, state, hidden, update, length):
        return move(state, self.operations(hidden), STATES, SYMBOLS)


def first_runs(like, batch, states, symbols):
    """Before the first step: in the first state, the bottom symbol on top."""
    start = like.new_zeros(batch, states, symbols)
    start[:, 0, 0] = 1
    none = start[:, None][:, :0]
    return like.new_zeros(batch, 0, 0, symbols, states, symbols, states), none, start, none, start


def shares(state):
    top = state[2]
    return (top / top.sum((1, 2), keepdim=True)).flatten(1)


def move(state, scores, states, symbols):
    """One step of all runs. scores: [batch, QS (2QS + Q)], for each state and symbol all pushes, replacements and pops."""
    runs, earlier, top, earlier_bottom, bottom = state
    pairs = states * symbols
    table = torch.exp(scores - scores.amax(1, keepdim=True).detach()).view(-1, pairs, 2 * pairs + states)
    push, replace = (part.reshape(-1, states, symbols, states, symbols) for part in (table[:, :, :pairs], table[:, :, pairs:2 * pairs]))
    pop = table[:, :, 2 * pairs:].reshape(-1, states, symbols, states)
    on_bottom = torch.einsum('bsz,bszry->bry', bottom, replace)
    column = push.permute(0, 4, 1, 2, 3)[:, None]
    if runs.size(1):
        last = runs[:, -1]
        popped = torch.einsum('bkztys,bszr->bkytr', last, pop)
        longer = torch.einsum('bizqxs,bszry->biyqxr', last, replace)
        if runs.size(1) > 1:
            longer = longer + torch.einsum('bkiyqxt,bkytr->biyqxr', runs[:, :-1], popped[:, 1:])
        column = torch.cat([longer, column], dim=1)
        on_bottom = on_bottom + torch.einsum('bkty,bkytr->bry', earlier_bottom, popped)
    earlier, earlier_bottom = (torch.cat([before, now[:, None]], dim=1) for before, now in ((earlier, top), (earlier_bottom, bottom)))
    total = torch.einsum('biqx,biyqxr->bry', earlier, column) + on_bottom
    scale = 1 / total.sum((1, 2), keepdim=True).detach()
    column = column * scale[:, :, :, None, None, None]
    runs = torch.cat([F.pad(runs, (0, 0) * 4 + (0, 1)), column[:, None]], dim=1)
    return runs, earlier, total * scale, earlier_bottom, on_bottom * scale


class SteppedModel(nn.Module):
    """Controller, stack and classifier; one module call for each part and step. one_hot: [length, batch, inputs]."""

    def __init__(self, memory=None):
        super().__init__()
        self.controller = nn.LSTMCell(INPUTS + (memory.width if memory else 0), HIDDEN)
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
    'superposition-stack-hidden': lambda: SteppedModel(HiddenSuperpositionStack()),
    'stratification-stack': lambda: SteppedModel(StratificationStack()),
    'nondeterministic-stack': lambda: SteppedModel(NondeterministicStack()),
    'stratification-stack-by-element': lambda: SteppedModel(ElementwiseStratificationStack()),
}
