"""
The same training steps on a GPU, in two forms: `eager`, one launch an operation, and `captured`, the whole step recorded once as a CUDA
graph and replayed. Answers the benchmark, a JSON line for a JSON line: {"problem": name, …} sets a problem, {"run": name, "steps": n} runs
n steps of it. Without a GPU, `--device cpu` runs the eager form, to prove that this program works.
"""

import argparse
import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

from language import filled
from models import INPUTS, MODELS
from step import CLIP_NORM, load


class Step:
    """A model with its optimizer and one batch, all on one device; parameters whose names begin with one of `frozen` are not trained."""

    def __init__(self, model, optimizer, cost, clip_norm, frozen=()):
        self.model, self.cost, self.clip_norm = model, cost, clip_norm
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(not name.startswith(tuple(frozen)))
        self.parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self.optimizer = optimizer(self.parameters)

    def __call__(self):
        """One update; returns the loss before it, in nats, as a tensor on the device: nobody waits for it."""
        self.optimizer.zero_grad()
        loss = self.cost(self.model)
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters, self.clip_norm)
        self.optimizer.step()
        return loss.detach()


class Captured:
    """The step as a CUDA graph. Warming up and recording train: weights and moments are put back after it."""

    WARM_UP = 3

    def __init__(self, step):
        before = [parameter.detach().clone() for parameter in step.parameters]
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(self.WARM_UP):
                step()
        torch.cuda.current_stream().wait_stream(stream)
        step.optimizer.zero_grad()
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph):
            self.loss = step()
        with torch.no_grad():
            for parameter, value in zip(step.parameters, before):
                parameter.copy_(value)
            for slots in step.optimizer.state.values():
                for value in slots.values():
                    if torch.is_tensor(value):
                        value.zero_()

    def __call__(self):
        self.graph.replay()
        return self.loss.clone()


def stack_step(request, device, captured):
    """A string model of models.py with Adam, cross-entropy summed over symbols and averaged over the batch."""
    model = MODELS[request['model']]()
    load(model, request['weights'])
    targets = torch.tensor(request['targets']).t().contiguous().to(device)
    model = model.to(device)
    one_hot = F.one_hot(targets[:-1], INPUTS).to(torch.float32)

    def cost(model):
        return F.cross_entropy(model(one_hot).flatten(0, 1), targets.flatten(), reduction='sum') / targets.size(1)

    return Step(model, lambda parameters: torch.optim.Adam(parameters, lr=request['learningRate'], capturable=captured), cost, CLIP_NORM, request['frozen'])


def language_step(request, device):
    """The language model of language.py with plain SGD and the mean cross-entropy."""
    model, words, targets = filled(request)
    model, words, targets = model.to(device), words.to(device), targets.to(device)
    return Step(model, lambda parameters: torch.optim.SGD(parameters, lr=request['learningRate']),
                lambda model: F.cross_entropy(model(words).flatten(0, 1), targets), request['clipNorm'])


def prepared(request, device, captured):
    step = stack_step(request, device, captured) if 'model' in request else language_step(request, device)
    return Captured(step) if captured else step


def measure(step, count, synchronize):
    """Mean milliseconds of so many steps, from the first launch until the GPU is done with the last; their losses; CPU milliseconds."""
    synchronize()
    before, start = time.process_time(), time.perf_counter()
    losses = [step() for _ in range(count)]
    synchronize()
    elapsed, cpu = (time.perf_counter() - start) * 1e3, (time.process_time() - before) * 1e3
    return {'milliseconds': [elapsed / count] * count, 'losses': torch.stack(losses).tolist(), 'cpu': cpu}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--form', choices=('eager', 'captured'), default='eager')
    parser.add_argument('--device', choices=('cuda', 'cpu'), default='cuda')
    options = parser.parse_args()
    synchronize = torch.cuda.synchronize if options.device == 'cuda' else lambda: None
    if options.device == 'cpu':
        torch.set_num_threads(1)
    # Its products are compared with ours in full float32.
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    steps = {}
    for line in sys.stdin:
        request = json.loads(line)
        if 'run' in request:
            reply = measure(steps[request['run']], request['steps'], synchronize)
        elif 'problem' in request:
            steps[request['problem']] = prepared(request, options.device, options.form == 'captured')
            reply = {'ready': request['problem']}
        elif 'drop' in request:
            steps.clear()
            reply = {'ready': 'dropped'}
        else:
            found = options.device == 'cpu' or torch.cuda.is_available()
            reply = {'torch': torch.__version__, 'device': (torch.cuda.get_device_name() if options.device == 'cuda' else 'CPU') if found else None}
        print(json.dumps(reply), flush=True)


if __name__ == '__main__':
    main()
