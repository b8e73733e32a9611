"""What an amount of speech or text costs, in whole nano-dollars."""
