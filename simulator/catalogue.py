"""Every dataset of the simulated world: one or more in each module of ``simulator/datasets``, found by itself."""

import importlib
import pkgutil

import simulator.datasets
from simulator.dataset import Dataset

DATASETS: dict[str, Dataset] = {
    dataset.name: dataset
    for found in pkgutil.iter_modules(simulator.datasets.__path__)
    for dataset in importlib.import_module(f"simulator.datasets.{found.name}").DATASETS
}
