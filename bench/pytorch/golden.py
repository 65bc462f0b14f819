"""Checks of the peer against independent values: it must be the same step, or its time means nothing."""

import json
import pathlib
import re

import torch

from models import INPUTS, MODELS, first_runs, move, shares, stratify, strongest

FILES = {'lstm': 'lstm.json', 'lstm-whole': 'lstm.json', 'superposition-stack': 'superposition-stack-10.json'}
NAMES = [
    (r'.*\.((?:weight|bias)_[ih]h)_l0', r'controller.\1'),
    (r'.*action_layer\.linear\.(\w+)', r'memory.actions.\1'),
    (r'.*push_value_layer\.linear\.(\w+)', r'memory.push.\1'),
    (r'layer\.linear\.(\w+)', r'classifier.\1'),
]
STRATIFICATION = ('stratification-stack', 'stratification-stack-by-element')
TOLERANCE = 1e-5


def own_name(name):
    return next(re.sub(pattern, own, name) for pattern, own in NAMES if re.fullmatch(pattern, name))


def check_golden(name, directory, model, trainer, load):
    """
    Loss and gradients in float64 (absolute deviation), losses of 20 Adam updates in float32 (relative).
    @raises AssertionError when one deviates by more than 1e-5.
    """
    golden = json.loads((pathlib.Path(directory) / FILES[name]).read_text())
    weights, gradients = ({own_name(key): value for key, value in golden[field].items()} for field in ('weights', 'gradients_float64'))
    targets, adam = torch.tensor(golden['targets']), golden['adam']

    load(model.double(), weights)
    loss = trainer(model, targets, adam['learning_rate']).loss()
    loss.backward()
    deviations = {'loss': abs(loss.item() - golden['loss_float64'])}
    for key, parameter in model.named_parameters():
        expected = torch.tensor(gradients[key.removesuffix('_l0')], dtype=torch.float64).view_as(parameter)
        deviations[f'gradient of {key}'] = (parameter.grad - expected).abs().max().item()

    load(model.float(), weights)
    training = trainer(model, targets, adam['learning_rate'])
    for update, expected in enumerate(adam['losses_float32']):
        deviations[f'loss before update {update + 1}'] = abs(training.step() - expected) / expected
    return verdict(name, deviations)


def check_published():
    """Readings of both forms of the stratification stack, and final strengths, for given actions (Grefenstette et al. 2015, by hand)."""
    state = torch.zeros(1, 0, 2), torch.zeros(1, 0)
    actions = [(.8, 0, (1, .5)), (.5, .1, (.25, 1)), (.9, .9, (.75, .3)), (.2, .6, (.1, .9))]
    readings = [(.8, .4), (.625, .75), (.775, .32), (.545, .42)]
    deviations = {}
    for update, ((push, pop, pushed), reading) in enumerate(zip(actions, readings), 1):
        state = stratify(*state, torch.tensor([[push]]), torch.tensor([[pop]]), torch.tensor([pushed]))
        deviations[f'reading after update {update}'] = (strongest(*state) - torch.tensor([reading])).abs().max().item()
    deviations['strengths'] = (state[1] - torch.tensor([[.3, 0, .3, .2]])).abs().max().item()
    whole, by_element = (MODELS[name]() for name in STRATIFICATION)
    by_element.load_state_dict(whole.state_dict())
    one_hot = torch.eye(INPUTS)[torch.randint(INPUTS, (60, 10))]
    deviations['form by element'] = (whole(one_hot) - by_element(one_hot)).abs().max().item()
    return verdict('stratification-stack', deviations)


def check_nondeterministic():
    """Readings of an automaton with two states and two symbols for scores that are sines (DuSell & Chiang 2023, six digits)."""
    readings = [(1, 0, 0, 0), (.226895, .410815, .269226, .093065), (.423740, .280972, .198335, .096953),
                (.423906, .208952, .176928, .190214), (.365112, .148765, .187639, .298484), (.246091, .137102, .235927, .380880)]
    state = first_runs(torch.zeros(1), 1, 2, 2)
    deviations = {}
    for update, reading in enumerate(readings):
        deviations[f'reading after update {update}'] = (shares(state) - torch.tensor([reading])).abs().max().item()
        state = move(state, torch.sin(.7 * (update + 1) + 1.3 * torch.arange(40.))[None], 2, 2)
    return verdict('nondeterministic-stack', deviations)


def verdict(name, deviations):
    where, largest = max(deviations.items(), key=lambda item: item[1])
    assert largest <= TOLERANCE, f'{name}: {where} deviates by {largest:.1e} from its golden value'
    return f'{name}: {len(deviations)} golden values met, largest deviation {largest:.1e} ({where})'
