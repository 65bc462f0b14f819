#!/usr/bin/env bash
# Puts PyTorch into bench/.cache/venv for the benchmark. Needs python3 (3.10 or newer), and on Linux gcc and binutils.
# TORCH_CUDA=1 installs the libraries for an NVIDIA GPU too (2.5 GB), for `npm run bench:gpu`.
set -euo pipefail
version=${TORCH_VERSION:-2.15.0}
here=$(cd "$(dirname "$0")" && pwd)
venv=$here/../.cache/venv

python3 -m venv "$venv"
pip() { "$venv/bin/python" -m pip --disable-pip-version-check "$@"; }
if [ "${TORCH_CUDA:-0}" = 1 ]; then
  pip install --quiet "torch==$version" numpy
  "$venv/bin/python" -c 'import torch; print(f"PyTorch {torch.__version__} is ready; CUDA:", torch.cuda.is_available())'
  exit
fi
pip install --quiet filelock 'typing-extensions>=4.13' 'sympy>=1.13.3' networkx jinja2 fsspec numpy
pip install --quiet --no-deps "torch==$version"

# The Linux wheel is linked against CUDA's libraries (another 2.5 GB), of which a step on the CPU calls none. Where they are missing,
# each gets an empty stand-in whose functions all answer 100, cudaErrorNoDevice, so that PyTorch loads and finds no GPU.
stand_ins() {
  local libraries=$1 work soname version symbols
  work=$(mktemp -d)
  for soname in $(readelf -d "$libraries"/*.so | sed -n 's/.*NEEDED.*\[\(lib\(cu\|nv\|nccl\).*\)\]/\1/p' | sort -u); do
    case $soname in
      libcuda.so*) continue ;;
      libnvshmem*) version=NVSHMEM ;;
      libnccl*) version= ;;
      *) version=$soname ;;
    esac
    symbols=$(nm -D --undefined-only "$libraries"/*.so | awk -v version="$version" '
      NF == 2 { split($2, part, "@"); if (part[2] == version && part[1] ~ /^(__cuda|cu|nccl|nvrtc|nvshmem)/) print part[1] }' | sort -u)
    { echo 'int absent(void) { return 100; }'; for symbol in $symbols; do echo "int $symbol() __attribute__((alias(\"absent\")));"; done; } > "$work/library.c"
    echo "${version:-NONE} { global: *; };" > "$work/versions"
    gcc -shared -fPIC -w "$work/library.c" -Wl,-soname,"$soname" ${version:+-Wl,--version-script,"$work/versions"} -o "$libraries/$soname"
  done
  rm -r "$work"
}

works() { "$venv/bin/python" -c 'import torch' 2>/dev/null; }
works || stand_ins "$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("platlib"))')/torch/lib"
"$venv/bin/python" -c 'import torch; print(f"PyTorch {torch.__version__} is ready")'
