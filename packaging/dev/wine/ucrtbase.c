/* ucrtbase.dll with C99's complex functions, which wine 10's own names without having them, and which numpy calls when it
   is imported. All else goes on to wine's (libraries.sh). A `long double` is a double on Windows. For tests under
   wine; nothing that is shipped has it. */
double hypot(double, double), atan2(double, double), exp(double), log(double);
double sin(double), cos(double), sinh(double), cosh(double);

typedef struct { double re, im; } D;
typedef struct { float re, im; } F;

static D wide(F z) { return (D){z.re, z.im}; }
static F narrow(D z) { return (F){(float)z.re, (float)z.im}; }
static D quotient(double re, double im, double by) { return (D){re / by, im / by}; }

#define COMPLEX(n, ...) \
  D n(D z) { double x = z.re, y = z.im; return __VA_ARGS__; } \
  D n##l(D z) { return n(z); } \
  F n##f(F z) { return narrow(n(wide(z))); }
#define REAL(n, ...) \
  double n(D z) { return __VA_ARGS__; } \
  double n##l(D z) { return n(z); } \
  float n##f(F z) { return (float)n(wide(z)); }

COMPLEX(ccos, (D){cos(x) * cosh(y), -sin(x) * sinh(y)})
COMPLEX(csin, (D){sin(x) * cosh(y), cos(x) * sinh(y)})
COMPLEX(ccosh, (D){cosh(x) * cos(y), sinh(x) * sin(y)})
COMPLEX(csinh, (D){sinh(x) * cos(y), cosh(x) * sin(y)})
COMPLEX(cexp, (D){exp(x) * cos(y), exp(x) * sin(y)})
COMPLEX(ctan, quotient(sin(2 * x), sinh(2 * y), cos(2 * x) + cosh(2 * y)))
COMPLEX(ctanh, quotient(sinh(2 * x), sin(2 * y), cosh(2 * x) + cos(2 * y)))
REAL(cabs, hypot(z.re, z.im))
REAL(carg, atan2(z.im, z.re))
REAL(creal, z.re)
REAL(cimag, z.im)

D cpow(D a, D b) {
  if (a.re == 0 && a.im == 0) return (D){b.re == 0 && b.im == 0, 0};
  double l = log(hypot(a.re, a.im)), t = atan2(a.im, a.re);
  return cexp((D){b.re * l - b.im * t, b.re * t + b.im * l});
}
D cpowl(D a, D b) { return cpow(a, b); }
F cpowf(F a, F b) { return narrow(cpow(wide(a), wide(b))); }

int _fltused;
int __stdcall DllMainCRTStartup(void *module, unsigned reason, void *reserved) { return 1; }
