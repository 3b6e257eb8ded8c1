"""Build the compiled kernels where there is a C compiler; without one the package installs and runs their NumPy twins."""

import pathlib

from Cython.Build import cythonize
from setuptools import Extension, setup

FOLDER = pathlib.Path("src/aitia/compiled")
DIRECTIVES = {"language_level": 3, "boundscheck": False, "wraparound": False, "cdivision": True, "initializedcheck": False}


def kernels() -> list[Extension]:
    """Return one optional extension for each .pyx file."""
    paths = sorted(FOLDER.glob("_*.pyx"))
    modules = [Extension(f"aitia.compiled.{path.stem}", [path.as_posix()], extra_compile_args=["-O3"]) for path in paths]
    built = cythonize(modules, compiler_directives=DIRECTIVES, build_dir="build/cython", quiet=True) if modules else []
    for extension in built:
        extension.optional = True  # after cythonize, which drops the flag
    return list(built)


setup(ext_modules=kernels())
