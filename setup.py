"""Build the compiled kernels where there is a C compiler; without one the package installs and runs their NumPy twins."""

import pathlib

from Cython.Build import cythonize
from setuptools import Extension, setup

FOLDER = pathlib.Path("src/aitia/compiled")
DIRECTIVES = {"language_level": 3, "boundscheck": False, "wraparound": False, "cdivision": True, "initializedcheck": False}


def kernels() -> list[Extension]:
    """Return one optional extension for each .pyx file."""
    paths = sorted(FOLDER.glob("_*.pyx"))
    headers = [path.as_posix() for path in sorted(FOLDER.glob("*.h"))]
    modules = [Extension(f"aitia.compiled.{p.stem}", [p.as_posix()], depends=headers, extra_compile_args=["-O3"]) for p in paths]
    built = cythonize(modules, compiler_directives=DIRECTIVES, build_dir="build/cython", quiet=True) if modules else []
    for extension in built:
        extension.optional = True  # after cythonize, which drops the flag
    return list(built)


setup(ext_modules=kernels(), options={"build_ext": {"parallel": True}})
